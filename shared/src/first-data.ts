/** What comes with a page instead of being asked for: the answers of the routes it asks first. */

/** Id of the element that holds it. */
export const FIRST_DATA_ID = 'first-data';

export interface FirstData {
  /** The last event when the answers were made; the event stream goes on behind it. */
  readonly eventId: string;
  /** Path with query, as the page asks it → body, and the `Link` header where there is one. */
  readonly answers: Record<string, { readonly body: string; readonly link?: string }>;
}

/** Id of the element that holds the page as it looks, until it is there. */
export const PICTURE_ID = 'picture';

/** What the page is drawn from where there is no browser. */
export interface PictureOf {
  /** With query, as it was asked for. */
  readonly path: string;
  /** As the browser names this agent. */
  readonly origin: string;
  readonly answers: FirstData['answers'];
}

/** What the one who draws says once it can. */
export const DRAWS = 'draws';
/** What it is told, and what comes of it. */
export interface PictureJob {
  readonly id: number;
  readonly of: PictureOf;
}
export interface Picture {
  readonly id: number;
  /** Empty where it could not be drawn. */
  readonly html: string;
  /** Why, with the place in the code. */
  readonly problem?: string;
}

/** Page → what it asks for first, of what is answered at once. What is missing here is asked for as ever; what nobody asks for is wasted. */
export const FIRST_REQUESTS: Readonly<Record<string, readonly string[]>> = {
  dropdown: ['/api/servers', '/api/profiles', '/api/system/memory', '/api/pool', '/api/usage', '/api/models/downloads'],
  // It goes on to the servers, where there is a model.
  home: [
    '/api/servers',
    '/api/models/local',
    '/api/engines',
    '/api/profiles',
    '/api/usage',
    '/api/system/memory',
    '/api/pool',
    '/api/alerts',
  ],
  models: ['/api/servers', '/api/models/local', '/api/models/downloads', '/api/profiles', '/api/system/info'],
  servers: ['/api/servers', '/api/profiles', '/api/usage', '/api/system/memory', '/api/pool', '/api/alerts'],
  requests: ['/api/servers', '/api/requests?limit=100', '/api/profiles', '/api/keys'],
  profiles: ['/api/servers', '/api/profiles', '/api/engines', '/api/settings', '/api/usage', '/api/agent'],
  logs: ['/api/servers', '/api/logs/sources', '/api/logs?lines=200', '/api/profiles'],
  chat: ['/api/servers', '/api/chats?limit=100', '/api/chats/tags', '/api/profiles', '/api/models/local', '/api/personas'],
  connect: ['/api/servers', '/api/agent', '/api/settings', '/api/profiles', '/api/models/local'],
  settings: ['/api/servers', '/api/settings', '/api/system/info', '/api/profiles'],
};
