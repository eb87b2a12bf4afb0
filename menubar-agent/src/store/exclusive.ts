/** A lock the kernel keeps: SQLite's own on a file (fcntl on macOS and Linux), which ends with its process, however that ends. */
import Database from 'better-sqlite3';
import { chmodSync } from 'node:fs';

/**
 * Takes a file for this process. It holds nothing and stays when it is let go: deleting it would let two processes lock two files of one name.
 * The file must not be opened in another way: closing it would end the lock (fcntl(2) locks are the process's, not the descriptor's).
 * @returns how to let go; null when it is taken, in this process or another, or when another is trying in this moment.
 * @throws the error of SQLite or the system when it cannot be written.
 */
export function takeExclusive(file: string): (() => void) | null {
  const db = new Database(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    // By its code: where modules are loaded several times (jest), the class may be another copy's.
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  return () => {
    db.close();
  };
}
