/** gateway: `/v1`, one address for every client. */
export { registerGateway, type GatewayDeps } from './routes.js';
export { nearestNames, resolveModel } from './resolve.js';
