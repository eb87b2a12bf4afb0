/** The event stream that everything in this command shares. */
import { agent } from "./agent.js";
import { EventHub } from "./event-hub.js";

export const eventHub = new EventHub(agent);
