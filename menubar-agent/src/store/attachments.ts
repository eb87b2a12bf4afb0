/** What is known of files that belong to messages. Their bytes lie in a folder, under their id. */
import type { Attachment } from '@mlx-manager/shared';
import type { Connection } from './database.js';

const COLUMNS = 'id, name, media_type AS mediaType, bytes, created_at AS createdAt';

/** Attachments, by id. */
export class AttachmentsRepository {
  constructor(private readonly db: Connection) {}

  find(id: string): Attachment | null {
    return (this.db.prepare(`SELECT ${COLUMNS} FROM attachments WHERE id = ?`).get(id) as Attachment | undefined) ?? null;
  }

  /** Adds one; the same bytes again get the newest name, and the time until they are needed begins anew. */
  put({ id, name, mediaType, bytes, createdAt }: Attachment): void {
    this.db
      .prepare(
        `INSERT INTO attachments (id, name, media_type, bytes, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT(id) DO UPDATE SET name = excluded.name, media_type = excluded.media_type, created_at = excluded.created_at`,
      )
      .run(id, name, mediaType, bytes, createdAt);
  }

  /** Forgets those that no message uses and that came before an instant. Answers their ids. */
  removeUnused(before: string): string[] {
    return this.db
      .prepare('DELETE FROM attachments WHERE created_at < ? AND id NOT IN (SELECT attachment_id FROM message_attachments) RETURNING id')
      .pluck()
      .all(before) as string[];
  }
}
