/** Lists patched by events: what did not change stays the same object, so that its row is not drawn again. */

/** With an item put in the place of the one with its id, or at the end (`at: 'start'` puts new ones first). */
export function upsert<T>(list: readonly T[], item: T, idOf: (one: T) => unknown, at: 'start' | 'end' = 'end'): T[] {
  const id = idOf(item);
  const index = list.findIndex((one) => idOf(one) === id);
  if (index === -1) return at === 'end' ? [...list, item] : [item, ...list];
  return list.with(index, item);
}

/** Without what fits; the same list when nothing does. */
export function without<T>(list: readonly T[], fits: (one: T) => boolean): T[] {
  const rest = list.filter((one) => !fits(one));
  return rest.length === list.length ? (list as T[]) : rest;
}
