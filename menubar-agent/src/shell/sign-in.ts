/** Signs the pages in: a one-time link of the agent, redeemed here, its cookie put into the pages' session. No page ever sees the token. */
import { SESSION_COOKIE } from '@mlx-manager/shared';
import type { CookiesSetDetails } from 'electron';
import type { Attached } from './agent-keeper.js';
import type { SessionLike } from './electron-parts.js';

/**
 * @throws AgentError when the agent does not answer; Error when it answers without a cookie.
 */
export async function signIn(agent: Pick<Attached, 'client' | 'address'>, session: Pick<SessionLike, 'cookies'>): Promise<void> {
  const { url } = await agent.client.createLink();
  const answer = await fetch(url, { redirect: 'manual' });
  await answer.arrayBuffer();
  const cookie = answer.headers
    .getSetCookie()
    .map((header) => cookieOf(header, agent.address))
    .find((one) => one !== null);
  if (!cookie) throw new Error(`the link answered ${answer.status} without a session`);
  await session.cookies.set(cookie);
}

/**
 * The session cookie of a `Set-Cookie` header, for this session of the app: it is not written to disk, and made anew at each start.
 * @returns null for another cookie.
 */
export function cookieOf(header: string, address: string): CookiesSetDetails | null {
  const [name, value] = /^([^=;]+)=([^;]*)/.exec(header)?.slice(1) ?? [];
  if (name !== SESSION_COOKIE || value === undefined) return null;
  return { url: address, name, value, path: '/', httpOnly: true, sameSite: 'strict' };
}
