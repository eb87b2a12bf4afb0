/** `keys`: API keys for programs and other machines. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { AgentError, PRIORITIES, type ApiKey, type Client, type Priority } from '@mlx-manager/shared';
import { note, print, table } from './output.js';

interface CreateOptions {
  readonly requests?: number;
  readonly tokens?: number;
  readonly model?: string[];
  readonly expires?: string;
  readonly priority?: Priority;
}

/** Adds the commands. @param client finds the running agent. */
export function addKeys(program: Command, client: () => Promise<Client>): void {
  const keys = program.command('keys').description('API keys: let programs and other machines use /v1');
  keys
    .command('list', { isDefault: true })
    .description('the keys, newest first')
    .option('--all', 'revoked ones too')
    .action(async (options: { all?: boolean }) => listKeys(await client(), options.all === true));
  keys
    .command('create')
    .description('make a key and print it, this once')
    .argument('<name>', 'what it is for, such as the program or the machine')
    .option('--requests <count>', 'requests a minute', toCount)
    .option('--tokens <count>', 'tokens a minute, of prompts and answers together', toCount)
    .option('--model <name...>', 'only these profiles, aliases or hub ids; * stands for any text')
    .option('--expires <when>', 'a date (2027-01-31), or a time from now (12h, 30d, 8w)', toExpiry)
    .addOption(new Option('--priority <how>', 'of its requests').choices(PRIORITIES))
    .action(async (name: string, options: CreateOptions) => createKey(await client(), name, options));
  keys
    .command('revoke')
    .description('end a key for good')
    .argument('<key>', 'its name, number, or first letters')
    .action(async (key: string) => revokeKey(await client(), key));
}

/** `keys list`. */
export async function listKeys(client: Client, all: boolean): Promise<void> {
  const keys = (await client.listKeys()).filter((key) => all || key.revokedAt === null);
  if (keys.length === 0) {
    note('There is no API key. Make one with: mlx-manager keys create NAME');
    return;
  }
  print(
    table([
      ['ID', 'NAME', 'KEY', 'LIMITS', 'MODELS', 'LAST USED', 'STATE'],
      ...keys.map((key) => [
        String(key.id),
        key.name,
        `${key.prefix}…`,
        limits(key),
        key.models?.join(', ') ?? 'all',
        key.lastUsedAt === null ? 'never' : shortTime(key.lastUsedAt),
        state(key),
      ]),
    ]),
  );
}

/** `keys create`: the secret alone goes to stdout, so that it can be piped. */
export async function createKey(client: Client, name: string, options: CreateOptions): Promise<void> {
  const { requests, tokens, model, expires, priority } = options;
  const { key, secret } = await client.createKey({
    body: {
      name,
      ...(requests !== undefined && { requestsPerMinute: requests }),
      ...(tokens !== undefined && { tokensPerMinute: tokens }),
      ...(model !== undefined && { models: model }),
      ...(expires !== undefined && { expiresAt: expires }),
      ...(priority !== undefined && { priority }),
    },
  });
  note(`✓ The key "${key.name}" is made. Keep it now: it cannot be shown again.`);
  print(secret);
  const [{ requireApiKey }, { sharedUrls, baseUrl }] = await Promise.all([client.getSettings(), client.agentStatus()]);
  note(`  Base URL: ${[baseUrl, ...sharedUrls].join(' or ')}`);
  if (!requireApiKey) note('  Programs on this machine need no key until you turn the setting require_api_key on.');
}

/** `keys revoke`. */
export async function revokeKey(client: Client, wanted: string): Promise<void> {
  const keys = (await client.listKeys()).filter((key) => key.revokedAt === null);
  const key =
    keys.find((one) => one.name.toLowerCase() === wanted.toLowerCase()) ??
    keys.find((one) => String(one.id) === wanted) ??
    // The whole secret begins with the prefix too; a shorter piece than the prefix could mean another key.
    keys.find((one) => wanted.replace(/…$/, '').startsWith(one.prefix));
  // What was typed may be a whole secret: it is not repeated.
  if (!key) throw new AgentError('API_KEY_NOT_FOUND', { key: wanted.startsWith('mlxm_') ? `${wanted.slice(0, 12)}…` : wanted });
  await client.revokeKey({ params: { id: key.id } });
  note(`✓ The key "${key.name}" is revoked.`);
}

function limits({ requestsPerMinute, tokensPerMinute }: ApiKey): string {
  const parts = [
    requestsPerMinute !== null && `${requestsPerMinute} requests/min`,
    tokensPerMinute !== null && `${tokensPerMinute} tokens/min`,
  ];
  return parts.filter(Boolean).join(', ') || 'none';
}

function state({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return `revoked ${shortTime(revokedAt)}`;
  if (expiresAt === null) return 'valid';
  return Date.parse(expiresAt) <= Date.now() ? `expired ${shortTime(expiresAt)}` : `until ${shortTime(expiresAt)}`;
}

/** Minutes are enough. */
const shortTime = (timestamp: string): string => timestamp.slice(0, 16).replace('T', ' ');

const SPANS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

function toExpiry(text: string): string {
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const at =
    count === undefined ? (/^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN) : Date.now() + Number(count) * (SPANS[unit] ?? NaN);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a date such as 2027-01-31, or a time from now such as 30d.');
  return new Date(at).toISOString();
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number.');
  return count;
}
