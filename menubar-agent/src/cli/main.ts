/** The command line: what is asked for, and how a failure is told. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AgentError, LINE_LEVELS, SEARCH_SORTS, VERSION } from '@mlx-manager/shared';
import { addKeys } from './keys.js';
import { hearBrokenPipe, note, print, printError } from './output.js';
import { addRequests } from './requests.js';
import type { StartOptions } from './start.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Runs one command.
 * @returns the exit code: 0, 1 for a failure (told on stderr with what to do), 2 for words that make no command.
 */
export async function main(args: readonly string[], env: Env): Promise<number> {
  const program = commands(env);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof AgentError) {
      printError(error);
      return 1;
    }
    note(`✗ ${error instanceof Error ? error.message : String(error)}`);
    note('  This was not expected. agent.log in the state folder’s logs may say more; please report it with that.');
    if (env.MLX_MANAGER_DEBUG && error instanceof Error) note(error.stack ?? '');
    return 1;
  }
}

function commands(env: Env): Command {
  // Only what a command needs is loaded: most of them must not load the agent.
  const client = async () => (await import('./connect.js')).connect(env);
  const verbs = () => import('./commands.js');

  const program = new Command('mlx-manager')
    .description('Find, run and use large language models on this machine.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(mlx-manager --help lists the commands)')
    .hook('preAction', (_program, command) => hearBrokenPipe(command.name() !== 'start'));

  program
    .command('start')
    .description('run the agent in the foreground; on a machine without models it brings a small one')
    .option('--detach', 'return as soon as the agent answers, and leave it running')
    .option('--headless', 'without the menu bar (always so outside macOS)')
    .option('--no-starter', 'do not bring a starter model')
    .option('--unless-running', 'end quietly when an agent runs already (for login items)')
    .option('--port <port>', 'listen on this port', toPort)
    .action(async (options: StartOptions) => {
      const { start } = await import('./start.js');
      await start(env, options);
    });

  program
    .command('stop')
    .description('stop the agent, and its servers unless they are to be kept')
    .option('--keep-servers', 'leave running servers to the next agent')
    .action(async (options: { keepServers?: boolean }) => {
      const { stop } = await import('./stop.js');
      await stop(env, options.keepServers);
    });

  program
    .command('status')
    .alias('ps')
    .description('what the agent does, which models are in memory, who waits')
    .action(async () => (await import('./status.js')).showStatus(await client()));

  program
    .command('open')
    .description('open the window in the browser, signed in by a one-time link')
    .argument('[page]', 'where it opens: models, servers, chat, logs…', toPage)
    .option('--print', 'print the link instead')
    .action(async (page: string | undefined, options: { print?: boolean }) => {
      const link = await (await client()).createLink();
      const url = page === undefined ? link.url : `${link.url}&to=/${page}`;
      if (options.print) print(url);
      else await (await import('./open-url.js')).openUrl(url);
    });

  program
    .command('logs')
    .description('the log of a profile’s server')
    .argument('<profile>')
    .option('-f, --follow', 'go on with new lines')
    .option('-n, --lines <count>', 'lines of history', toCount, 100)
    .addOption(new Option('--level <level>', 'this level and above').choices(LINE_LEVELS))
    .option('--search <text>', 'only lines with this text')
    .action(
      async (profile: string, options: { follow?: boolean; lines: number; level?: (typeof LINE_LEVELS)[number]; search?: string }) => {
        const { follow, ...query } = options;
        await (await verbs()).showLogs(await client(), profile, { follow: follow === true, query });
      },
    );

  program
    .command('search')
    .description('search MLX models on the hub')
    .argument('[words...]')
    .option('--limit <count>', 'how many', toCount, 20)
    .addOption(new Option('--sort <by>', 'order').choices(SEARCH_SORTS).default('downloads'))
    .option('--fits', 'only models that fit this machine')
    .action(async (words: string[], options: { limit: number; sort: (typeof SEARCH_SORTS)[number]; fits?: boolean }) => {
      await (await verbs()).search(await client(), words.join(' '), { ...options, fits: options.fits === true });
    });

  program
    .command('pull')
    .description('download a model')
    .argument('<model>', 'ORG/NAME')
    .option('--revision <name>', 'branch, tag or commit')
    .action(async (model: string, options: { revision?: string }) => (await verbs()).pull(await client(), model, options.revision));

  program
    .command('run')
    .description('start a profile (or a model) and wait until it answers')
    .argument('<profile>', 'name, alias, or ORG/NAME of a model')
    .option('--pull', 'download the model when it is missing, without asking')
    .action(async (name: string, options: { pull?: boolean }) => {
      const agent = await client();
      const profile = await (await verbs()).run(agent, name, { pull: options.pull === true, ask: await asker() });
      const { askCommand } = await import('./ask-command.js');
      note(`✓ ${profile.name} is running at ${agent.baseUrl}/v1`);
      print(askCommand(`${agent.baseUrl}/v1`, profile.name));
    });

  program
    .command('unload')
    .description('take a profile’s model out of memory; the next request for it loads it again')
    .argument('<profile>', 'name or alias')
    .action(async (name: string) => (await verbs()).unload(await client(), name));

  addRequests(program, client, toCount);
  addKeys(program, client);

  program
    .command('uninstall')
    .description('stop everything and remove engines, login items, keys and state; models stay')
    .option('--yes', 'do not ask')
    .action(async (options: { yes?: boolean }) => {
      const { uninstall } = await import('./uninstall.js');
      await uninstall(env, options.yes === true);
    });
  return program;
}

/** Asks on the terminal; null where there is none. */
async function asker(): Promise<((question: string) => Promise<boolean>) | null> {
  return process.stdin.isTTY && process.stderr.isTTY ? (await import('./confirm.js')).confirm : null;
}

function toPage(text: string): string {
  const page = text.replace(/^\/+/, '');
  if (!/^[\w/-]+$/.test(page)) throw new InvalidArgumentError('It must be a page of the window, such as chat.');
  return page;
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('It must be a port number.');
  return port;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('It must be a whole number.');
  return count;
}
