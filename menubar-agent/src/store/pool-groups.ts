/** Groups of profiles in SQLite. */
import type { PoolGroup } from '@mlx-manager/shared';
import type { Connection } from './database.js';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly mode: PoolGroup['mode'];
  readonly exclusive: number;
  /** JSON array. */
  readonly members: string;
}

export class PoolGroupsRepository {
  constructor(private readonly db: Connection) {}

  all(): PoolGroup[] {
    const rows = this.db
      .prepare(
        `SELECT id, name, mode, exclusive,
          (SELECT json_group_array(profile_id ORDER BY profile_id) FROM pool_group_members WHERE group_id = pool_groups.id) AS members
        FROM pool_groups ORDER BY name`,
      )
      .all() as Row[];
    return rows.map(({ members, exclusive, ...row }) => ({
      ...row,
      exclusive: exclusive === 1,
      profileIds: JSON.parse(members) as number[],
    }));
  }

  insert(group: Omit<PoolGroup, 'id'>): PoolGroup {
    return this.db.transaction(() => {
      const statement = this.db.prepare('INSERT INTO pool_groups (name, mode, exclusive) VALUES (?, ?, ?)');
      const id = Number(statement.run(group.name, group.mode, group.exclusive ? 1 : 0).lastInsertRowid);
      this.#setMembers(id, group.profileIds);
      return { ...group, id };
    })();
  }

  update(group: PoolGroup): void {
    this.db.transaction(() => {
      const statement = this.db.prepare('UPDATE pool_groups SET name = ?, mode = ?, exclusive = ? WHERE id = ?');
      statement.run(group.name, group.mode, group.exclusive ? 1 : 0, group.id);
      this.#setMembers(group.id, group.profileIds);
    })();
  }

  remove(id: number): void {
    this.db.prepare('DELETE FROM pool_groups WHERE id = ?').run(id);
  }

  #setMembers(id: number, profileIds: readonly number[]): void {
    this.db.prepare('DELETE FROM pool_group_members WHERE group_id = ?').run(id);
    const add = this.db.prepare('INSERT INTO pool_group_members (group_id, profile_id) VALUES (?, ?)');
    for (const profileId of profileIds) add.run(id, profileId);
  }
}
