/**
 * Secrets of the owner: in the login keychain on macOS, elsewhere in files of mode 0600. Not yet verified on a Mac: built on
 * security(1) and on what others measured of it (see {@link createSecretVault}).
 */
import { createHash } from 'node:crypto';
import { AgentError } from '@mlx-manager/shared';
import type { SecretStorage } from '../core/index.js';

/** Where a few long-lived secrets are kept. */
export interface SecretVault {
  readonly kind: 'keychain' | 'file';
  /** @param name a plain name: small letters, digits, `_`. @throws AgentError SECRET_STORE_FAILED. */
  read(name: string): Promise<string | null>;
  /** Keeps a secret in place of the one before; null deletes it. @throws AgentError SECRET_STORE_FAILED. */
  write(name: string, value: string | null): Promise<void>;
  /** Deletes all of this scope from the keychain; files are left to whoever deletes their folder. @throws AgentError SECRET_STORE_FAILED. */
  clear(): Promise<void>;
}

export interface SecretVaultOptions {
  readonly platform?: NodeJS.Platform;
  /** Used off macOS, and where `useFiles` is set. */
  readonly files: SecretStorage;
  readonly useFiles?: boolean;
  /** Tells two state folders of one user apart. */
  readonly scope: string;
  readonly security?: string;
}

/** Exit codes are the low byte of Security's OSStatus (SecBase.h). errSecItemNotFound, -25300: seen in uwuclxdy/clauth pull request 21. */
const NOT_FOUND = 44;
/** errSecInteractionNotAllowed -25308, errSecNoDefaultKeychain -25307, errSecNoSuchKeychain -25294, errSecAuthFailed -25293. */
const REASONS: Readonly<Record<number, string>> = {
  36: 'it is locked, and nobody can be asked here',
  37: 'there is no default keychain',
  50: 'there is no such keychain',
  51: 'it did not let us in',
};
/** `security -i` reads a line into 4,096 bytes, runs what fits, and takes the rest for another command (clauth issue 76). */
const MAX_LINE = 4000;
const TIMEOUT_MS = 30_000;
/** More than anybody has providers: an end, should the keychain say of something that it deleted it, and keep it. */
const MAX_SECRETS = 1000;

/**
 * The vault of this machine. In the keychain a secret is a generic password: service `mlx-manager-SCOPE`, account the secret's name.
 * It is written by a line on the standard input of `security -i`, so that it stands in no argument list: in double quotes with `\` and `"` escaped a
 * value comes back byte for byte, `-U` replaces, and the exit code is that of the command (clauth pull request 21, measured on macOS 15). Reading
 * and deleting name no secret. `find-generic-password -w` writes what is no plain text as hexadecimal, so only plain text is kept.
 */
export function createSecretVault(options: SecretVaultOptions): SecretVault {
  const { files } = options;
  if (options.useFiles === true || (options.platform ?? process.platform) !== 'darwin') {
    return {
      kind: 'file',
      read: (name) => new Promise((resolve) => resolve(files.read(name))),
      write: (name, value) =>
        new Promise((resolve) => {
          files.write(name, value);
          resolve();
        }),
      clear: () => Promise.resolve(),
    };
  }
  const program = options.security ?? '/usr/bin/security';
  const service = `mlx-manager-${createHash('sha256').update(options.scope).digest('hex').slice(0, 12)}`;

  async function security(verb: string, args: readonly string[], input?: string): Promise<string | null> {
    // Costs tens of milliseconds to load: not at the agent's start.
    const { execa } = await import('execa');
    const result = await execa(program, args, {
      reject: false,
      // An empty input, so that nothing is asked of a terminal.
      input: input ?? '',
      env: { LC_ALL: 'C' },
      timeout: TIMEOUT_MS,
      stripFinalNewline: true,
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.exitCode === NOT_FOUND) return null;
    // What it said is not passed on: a complaint about a line quotes the line, which holds the secret.
    const reason =
      result.exitCode === undefined ? 'security(1) could not be run' : (REASONS[result.exitCode] ?? `exit code ${result.exitCode}`);
    throw new AgentError('SECRET_STORE_FAILED', { verb, reason });
  }

  return {
    kind: 'keychain',
    read: async (name) => security('read', ['find-generic-password', '-s', service, '-a', checked(name), '-w']),
    async clear() {
      // One at a time: the command deletes the first it finds.
      for (let i = 0; i < MAX_SECRETS; i++) if ((await security('delete', ['delete-generic-password', '-s', service])) === null) return;
    },
    async write(name, value) {
      if (value === null) {
        await security('delete', ['delete-generic-password', '-s', service, '-a', checked(name)]);
        return;
      }
      if (!/^[\x20-\x7e]+$/.test(value)) throw new AgentError('SECRET_STORE_FAILED', { verb: 'keep', reason: 'it is no plain text' });
      const line = `add-generic-password -U -s "${service}" -a "${checked(name)}" -l "MLX Manager ${name}" -w "${quoted(value)}"\n`;
      if (Buffer.byteLength(line) > MAX_LINE) throw new AgentError('SECRET_STORE_FAILED', { verb: 'keep', reason: 'it is too long' });
      const done = await security('keep', ['-i'], line);
      if (done === null) throw new AgentError('SECRET_STORE_FAILED', { verb: 'keep', reason: 'there is no keychain' });
    },
  };
}

const quoted = (value: string): string => value.replace(/[\\"]/g, '\\$&');

function checked(name: string): string {
  if (!/^[a-z0-9_]+$/.test(name)) throw new Error(`not a secret's name: ${name}`);
  return name;
}
