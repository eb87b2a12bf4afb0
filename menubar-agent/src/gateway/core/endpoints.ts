/** Endpoints that generate. */
export const CHAT = '/v1/chat/completions';
export const COMPLETIONS = '/v1/completions';
