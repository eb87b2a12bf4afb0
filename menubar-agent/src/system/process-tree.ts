/** What both platforms do with a list of processes. */

/** One line of a process list. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** A zombie: ended, but nobody has asked for its exit code yet. */
  readonly dead: boolean;
  readonly cpuSeconds: number;
  readonly startTime: string;
}

/** A process and all its descendants that live, the process first; empty when it does not live. */
export function tree<Row extends ProcessRow>(rows: readonly Row[], pid: number): Row[] {
  const children = new Map<number, Row[]>();
  for (const row of rows) {
    const siblings = children.get(row.parent);
    if (siblings) siblings.push(row);
    else children.set(row.parent, [row]);
  }
  const found = rows.filter((row) => row.pid === pid);
  // The list grows while it is walked; a list that names a process as its own ancestor still ends.
  const seen = new Set([pid]);
  for (const row of found) {
    for (const child of children.get(row.pid) ?? []) {
      if (seen.has(child.pid)) continue;
      seen.add(child.pid);
      found.push(child);
    }
  }
  return found[0]?.dead === false ? found.filter((row) => !row.dead) : [];
}
