/**
 * The first picture of a page: the page itself, drawn here from the data that goes with it. So a browser shows the data before the page's scripts are
 * fetched, compiled and run. Where it cannot be drawn soon, the page comes without: it then draws itself, as it does anyway.
 *
 * It is drawn in a worker, which ends when no page was opened for a while: React and the page take 25 MiB that an agent need not keep for nobody.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DRAWS, PICTURE_ID, type Picture, type PictureOf } from '@mlx-manager/shared';
import type { Logger } from '../core/index.js';

/** The page is not held up longer, or behind the beginning of a worker: it would draw itself meanwhile. Milliseconds. */
const PATIENCE_MS = 150;
/** What takes longer will not come to an end: its worker is given up. Milliseconds. */
const STUCK_MS = 5000;
/** Milliseconds without a page until the worker ends. */
const IDLE_MS = 5 * 60_000;

/** A page of the longest lists takes less. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 96 };

const PLACE = '<div id="root"></div>';
/** As the page's build calls it; the name changes with the content. */
const SCRIPT = /^draw-[\w-]+\.js$/;

export interface PageDrawingOptions {
  /** Of the built page. */
  readonly folder: string;
  readonly log: Pick<Logger, 'warn'>;
  readonly patienceMs?: number;
  readonly idleMs?: number;
}

export class PageDrawing {
  #drawer: Drawer | undefined;
  #idle: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(private readonly options: PageDrawingOptions) {}

  /** Somebody is about to open a page: makes ready for it. */
  warm(): void {
    void this.#ready().then(() => this.#rest());
  }

  /**
   * @param built the page's text, from somewhere before its body.
   * @returns it with the picture in it, where there is one.
   */
  async into(built: string, of: PictureOf): Promise<string> {
    const { patienceMs = PATIENCE_MS } = this.options;
    const drawer = await this.#ready();
    const html = (await drawer?.draw(of, patienceMs)) ?? '';
    this.#rest();
    if (html === '') return built;
    // To be seen, not used: nobody types into what is about to go.
    return built.replace(PLACE, () => `<div id="${PICTURE_ID}" inert>${html}</div>${PLACE}`);
  }

  end(): void {
    this.#ended = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#idle);
    this.#drawer?.end();
    this.#drawer = undefined;
  }

  /** A page that was built anew is drawn by its own script. */
  async #ready(): Promise<Drawer | null> {
    const { folder, log } = this.options;
    const server = join(folder, 'server');
    try {
      const name = (await readdir(server)).find((one) => SCRIPT.test(one));
      if (name === undefined || this.#ended) return null;
      if (this.#drawer?.name !== name || this.#drawer.over) {
        this.#stop();
        this.#drawer = new Drawer(name, new Worker(pathToFileURL(join(server, name)), { resourceLimits: LIMITS }), log);
      }
      return this.#drawer;
    } catch (error) {
      // A page built without it, or not built, is nothing to tell. No file or thread to be had is.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ err: error }, 'pages come without a first picture');
      return null;
    }
  }

  /** From now on nobody asks for a picture, as far as is known. */
  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#drawer?.busy === true) this.#rest();
      else this.#stop();
    }, this.options.idleMs ?? IDLE_MS).unref();
  }
}

/** One worker, and what was asked of it. */
class Drawer {
  readonly #asked = new Map<number, (html: string) => void>();
  readonly #begunAt = performance.now();
  #next = 1;
  /** Its script is loaded: it said so, or has drawn. */
  #running = false;
  /** It failed, or was ended. */
  over = false;

  constructor(
    readonly name: string,
    private readonly worker: Worker,
    log: Pick<Logger, 'warn'>,
  ) {
    worker.unref();
    worker.on('message', (said: Picture | typeof DRAWS) => {
      this.#running = true;
      if (said === DRAWS) return;
      const { id, html, problem } = said;
      if (problem !== undefined) log.warn({ problem }, 'the first picture of a page could not be drawn; the page draws itself');
      this.#answer(id, html);
    });
    worker.on('error', (error) => {
      log.warn({ err: error }, 'pages come without a first picture: what draws them failed');
      this.#over();
    });
    worker.on('exit', () => this.#over());
  }

  get busy(): boolean {
    return this.#asked.size > 0;
  }

  /** @returns empty where it could not be drawn, or not in time. */
  draw(of: PictureOf, patienceMs: number): Promise<string> {
    const id = this.#next++;
    const waitedMs = this.#running ? 0 : performance.now() - this.#begunAt;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      setTimeout(() => resolve(''), Math.max(0, patienceMs - waitedMs)).unref();
      setTimeout(() => this.#asked.has(id) && this.end(), STUCK_MS).unref();
      this.worker.postMessage({ id, of });
    });
  }

  end(): void {
    this.#over();
    void this.worker.terminate();
  }

  /** @param html nobody may wait for it any longer. */
  #answer(id: number, html: string): void {
    this.#asked.get(id)?.(html);
    this.#asked.delete(id);
  }

  #over(): void {
    this.over = true;
    for (const id of [...this.#asked.keys()]) this.#answer(id, '');
  }
}
