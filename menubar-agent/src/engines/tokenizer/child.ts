/** One Python child that counts: started with an engine's Python, asked one thing at a time. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import program from './tokenizer.py';

/** What the child is told; see tokenizer.py. */
export type TokenizerRequest = Readonly<Record<string, unknown>>;

export interface TokenizerAnswer {
  readonly tokens?: number;
  readonly prompt?: string;
  /** Before and behind thinking. */
  readonly thinking_tags?: readonly [string, string] | null;
  /** Why it cannot be counted. */
  readonly error?: string;
}

/** The child is gone or did not answer in time. Another one may do better. */
export class TokenizerGone extends Error {
  constructor(
    message: string,
    /** Whether it was too slow: asking another one would take as long. */
    readonly slow = false,
  ) {
    super(message);
    this.name = 'TokenizerGone';
  }
}

/** The program comes as the first line: it needs no file, and no process list shows it. */
const LOADER = "import sys, json; exec(compile(json.loads(sys.stdin.readline()), 'tokenizer.py', 'exec'))";
const MAX_STDERR_CHARS = 2_000;

interface Waiting {
  resolve(answer: TokenizerAnswer): void;
  reject(error: Error): void;
}

export class TokenizerChild {
  readonly pid: number;
  #waiting: Waiting | null = null;
  #gone: TokenizerGone | null = null;
  #stderr = '';
  #pieces: string[] = [];
  readonly #exited = Promise.withResolvers<undefined>();

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.pid = child.pid ?? 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARS)));
    child.stdin.on('error', () => undefined); // a child that ended: its `close` says so
    child.on('error', (error) => this.#end(error.message));
    child.on('close', (code, signal) => this.#end(this.#stderr.trim().split('\n').at(-1) || `it ended with ${signal ?? code}`));
  }

  /**
   * @param python of an engine's environment.
   * @param startMs milliseconds it may take to be ready.
   * @throws TokenizerGone when it does not start, or lacks a package.
   */
  static async start(python: string, env: Readonly<Record<string, string>>, startMs: number): Promise<TokenizerChild> {
    const { spawn } = await import('node:child_process');
    // -I: neither the current folder nor PYTHON variables have a say.
    const child = new TokenizerChild(spawn(python, ['-I', '-X', 'utf8', '-c', LOADER], { cwd: '/', env, stdio: 'pipe' }));
    await child.#exchange(program, startMs);
    return child;
  }

  get gone(): boolean {
    return this.#gone !== null;
  }

  /**
   * Asks one thing. Not while another is being asked.
   * @param ms after which the child is ended.
   * @throws TokenizerGone
   */
  ask(request: TokenizerRequest, ms: number): Promise<TokenizerAnswer> {
    // Its own alarm is the later one: it is for a child whose parent was killed.
    return this.#exchange({ ...request, seconds: Math.ceil(ms / 1000) + 5 }, ms);
  }

  /** Lets it end by itself, at the end of its input. */
  end(): void {
    this.#gone ??= new TokenizerGone('it was ended');
    this.child.stdin.end();
  }

  /** Ends it at once. */
  kill(): Promise<undefined> {
    this.#gone ??= new TokenizerGone('it was ended');
    // Whoever awaits the end must live to see it.
    this.#eachHandle('ref');
    this.child.kill('SIGKILL');
    return this.#exited.promise;
  }

  /** Its process no longer keeps the agent alive while it idles. */
  unref(): void {
    this.#eachHandle('unref');
  }

  #eachHandle(verb: 'ref' | 'unref'): void {
    const { child } = this;
    child[verb]();
    // The streams of a child are sockets, which its type does not say.
    for (const stream of [child.stdin, child.stdout, child.stderr])
      (stream as unknown as Partial<Record<typeof verb, () => void>>)[verb]?.();
  }

  async #exchange(message: unknown, ms: number): Promise<TokenizerAnswer> {
    if (this.#gone) throw this.#gone;
    const { promise, resolve, reject } = Promise.withResolvers<TokenizerAnswer>();
    this.#waiting = { resolve, reject };
    const timer = setTimeout(() => {
      this.#fail(new TokenizerGone(`it did not answer in ${ms / 1000} s`, true));
      this.child.kill('SIGKILL');
    }, ms);
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #read(text: string): void {
    this.#pieces.push(text);
    if (!text.includes('\n')) return;
    const line = this.#pieces.join('');
    this.#pieces = [];
    const waiting = this.#waiting;
    this.#waiting = null;
    try {
      waiting?.resolve(JSON.parse(line) as TokenizerAnswer);
    } catch (error) {
      waiting?.reject(new TokenizerGone(`its answer is no JSON: ${(error as Error).message}`));
    }
  }

  #end(reason: string): void {
    this.#fail(new TokenizerGone(reason));
    this.#exited.resolve(undefined);
  }

  #fail(error: TokenizerGone): void {
    this.#gone ??= error;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}
