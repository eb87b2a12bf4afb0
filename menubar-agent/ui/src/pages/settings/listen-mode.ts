/** The ways to listen, as they are chosen. Pure. */

export const WILDCARDS = ['127.0.0.1', '0.0.0.0', '::'] as const;
export type ListenMode = (typeof WILDCARDS)[number] | 'one';

export const listenMode = (host: string): ListenMode => WILDCARDS.find((one) => one === host) ?? 'one';

/** Whether only this machine can come by it. The agent looks up names; here they count as beyond, but for its own. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
