/**
 * What a page asks for first comes with it: the answers stand in its text, as of an event whose id stands beside them. So it paints with data as soon
 * as its scripts run, and the event stream goes on behind that id. Only for a caller who is signed in; each answer is the one its own route gives
 * this caller.
 */
import { Agent, get } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { FIRST_DATA_ID, FIRST_REQUESTS, type FirstData } from '@mlx-manager/shared';
import type { EventStream } from './event-stream.js';

/** The page does not wait for slow answers: it asks for them itself. Milliseconds. */
const PATIENCE_MS = 100;
/** Longer answers are not carried: the scripts would wait behind them. Characters. */
const LONGEST = 500_000;

type Answer = FirstData['answers'][string];

/** The element of the page's head that carries it. */
export const firstDataElement = (data: FirstData): string =>
  // No text in it can end the element.
  `<script type="application/json" id="${FIRST_DATA_ID}">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>`;

export class FirstAnswers {
  /** Connections to ourselves, for a moment: a page's questions come together. */
  readonly #connections = new Agent({ keepAlive: true, timeout: 5000 });

  constructor(private readonly events: EventStream) {}

  /** @param page the window's page, or `dropdown`. */
  async of(request: FastifyRequest, page: string): Promise<FirstData> {
    // Before the answers: what happens meanwhile is told again behind them, and telling twice does no harm.
    const data: FirstData = { eventId: this.events.position(), answers: {} };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asked = (FIRST_REQUESTS[page] ?? []).map(async (path) => {
      const answer = await this.#ask(request, path, signal);
      if (answer) data.answers[path] = answer;
    });
    // One that fails is asked for by the page, which then says why.
    await Promise.allSettled(asked);
    return data;
  }

  end(): void {
    this.#connections.destroy();
  }

  #ask(request: FastifyRequest, path: string, signal: AbortSignal): Promise<Answer | undefined> {
    const { localAddress, localPort } = request.raw.socket;
    // The caller has left. Without an address this would ask another program, with the caller's cookie.
    if (localAddress === undefined || localPort === undefined) return Promise.resolve(undefined);
    const { host, cookie, authorization } = request.headers;
    const headers = {
      accept: 'application/json',
      ...(host && { host }),
      ...(cookie && { cookie }),
      ...(authorization && { authorization }),
    };
    return new Promise((resolve, reject) => {
      const asked = get({ host: localAddress, port: localPort, path, headers, signal, agent: this.#connections }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (body += piece));
        response.on('error', reject);
        response.on('end', () => {
          const { link } = response.headers;
          const fits = response.statusCode === 200 && body.length <= LONGEST;
          resolve(fits ? { body, ...(typeof link === 'string' && { link }) } : undefined);
        });
      });
      asked.on('error', reject);
    });
  }
}
