/** A client that answers at once, from what came with the page (`first-data.ts`), so that the first drawing of the page has its data. */
import * as z from 'zod';
import type { FirstData } from '../first-data.js';
import { routes, type Route, type RouteName } from '../routes.js';
import { addressOf, nextCursor, type AddressArgs } from './address.js';
import type { Client, Page } from './client.js';

/** The calls of the client that read, each answering its value and no promise. */
type Now<F> = F extends (...args: infer A) => Promise<infer T> ? (...args: A) => T : never;
export type FirstReader = { [N in Extract<keyof Client, RouteName | 'searchPage' | 'requestsPage' | 'chatsPage'>]: Now<Client[N]> };

/**
 * @param answers as they came; each may be read any number of times.
 * @returns calls that throw where no answer came, or one that is no answer of the route.
 */
export function createFirstReader(answers: FirstData['answers']): FirstReader {
  const read = (route: Route, args: AddressArgs): { value: unknown; link: string | null } => {
    const address = addressOf(route, args);
    const answer = route.method === 'GET' ? answers[address] : undefined;
    if (answer === undefined) throw new Error(`${address} did not come with the page.`);
    return { value: z.decode(route.response, JSON.parse(answer.body) as never), link: answer.link ?? null };
  };
  const page =
    (route: Route) =>
    (args: AddressArgs = {}): Page<unknown> => {
      const { value, link } = read(route, args);
      return { items: value as unknown[], cursor: nextCursor(link) };
    };
  const calls = Object.entries<Route>(routes).map(([name, route]) => [name, (args: AddressArgs = {}) => read(route, args).value] as const);
  return {
    ...Object.fromEntries(calls),
    searchPage: page(routes.searchModels),
    requestsPage: page(routes.listRequests),
    chatsPage: page(routes.listChats),
  } as FirstReader;
}
