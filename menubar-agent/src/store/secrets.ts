/** Secrets: one file each, mode 0600, in a folder of mode 0700. Never in SQLite, argv or logs. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class SecretsFolder {
  constructor(private readonly folder: string) {}

  /** @param name a plain name such as `hf_token`. */
  read(name: string): string | null {
    try {
      return readFileSync(this.#file(name), 'utf8').trim() || null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Writes a secret; null deletes it. */
  write(name: string, value: string | null): void {
    const file = this.#file(name);
    if (value === null) {
      rmSync(file, { force: true });
      return;
    }
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    chmodSync(this.folder, 0o700);
    writeFileSync(`${file}.new`, value, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  #file(name: string): string {
    if (!/^[a-z0-9_]+$/.test(name)) throw new Error(`not a secret's name: ${name}`);
    return join(this.folder, name);
  }
}
