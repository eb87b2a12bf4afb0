/** Where a call goes: path and query of a route, and where a list goes on. */
import type { Route } from '../routes.js';
import { toSnakeCase } from '../wire.js';

export interface AddressArgs {
  params?: Record<string, unknown> | undefined;
  query?: Record<string, unknown> | undefined;
}

/** Path and query as they stand in the request. */
export function addressOf(route: Route, { params, query }: AddressArgs): string {
  return fillPath(route, params) + queryString(route, query);
}

/** The cursor of the next page, of a `Link` header; null where the list ends. */
export function nextCursor(link: string | null): string | null {
  const target = link?.match(/<([^>]+)>;\s*rel="next"/)?.[1];
  return target ? new URL(target, 'http://agent').searchParams.get('cursor') : null;
}

function fillPath(route: Route, params: Record<string, unknown> = {}): string {
  const byWireName = new Map(Object.entries(params).map(([key, value]) => [toSnakeCase(key), value]));
  return route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(byWireName.get(name))));
}

function queryString(route: Route, query: Record<string, unknown> = {}): string {
  if (!route.query) return '';
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(toSnakeCase(key), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return search.size > 0 ? `?${search.toString()}` : '';
}
