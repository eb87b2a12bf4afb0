/** The OpenTelemetry export, against a collector that listens on a real port. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { systemClock } from '../../core/index.js';
import { meteringRig, traceOf } from '../../../../tests/support/metering.js';
import { otlpHeaders, OtlpExporter } from './otlp.js';
import { rowOf } from './row.js';

interface Span {
  traceId: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  events: { timeUnixNano: string }[];
  status: { code: number };
}
interface Collector {
  readonly url: string;
  readonly spans: Span[];
  readonly headers: IncomingHttpHeaders[];
  readonly paths: string[];
  /** What it answers, one after another; 200 when there is no more. */
  readonly answers: { status: number; headers?: Record<string, string> }[];
  until(spans: number): Promise<void>;
  requests(count: number): Promise<void>;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function collector(): Promise<Collector> {
  const waiting = new Set<() => void>();
  const wait = (fits: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!fits()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const [spans, headers, paths, answers]: [Span[], IncomingHttpHeaders[], string[], Collector['answers']] = [[], [], [], []];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const answer = answers.shift() ?? { status: 200 };
      headers.push(request.headers);
      paths.push(request.url ?? '');
      if (answer.status === 200) {
        const body = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
        spans.push(...body.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)));
      }
      response.writeHead(answer.status, answer.headers).end('{}');
      for (const check of [...waiting]) check();
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    spans,
    headers,
    paths,
    answers,
    until: (count) => wait(() => spans.length >= count),
    requests: (count) => wait(() => paths.length >= count),
  };
}
const lines: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
beforeEach(() => void lines.splice(0));

function exporter(endpoint: string | null, delayMs = 5): OtlpExporter {
  return new OtlpExporter({ endpoint: () => endpoint, headers: {}, clock: systemClock, logger, delayMs });
}

test('a span tells a request in the words of the GenAI conventions, with nothing of prompt or answer', async () => {
  const { url, spans, until, paths } = await collector();
  const trace = traceOf({ cachedTokens: 12, keyName: 'laptop', errorMessage: 'sesame' });
  exporter(`${url}/`).push(rowOf(trace, false));
  await until(1);
  expect(paths).toEqual(['/v1/traces']);
  const [span] = spans as [Span];
  const start = BigInt(trace.startedAt) * 1_000_000n;
  expect(span).toMatchObject({
    traceId: trace.id.replaceAll('-', ''),
    name: 'chat coder',
    kind: 3,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 200_000_000n),
    status: { code: 1 },
    events: [{ timeUnixNano: String(start + 100_000_000n), name: 'gen_ai.first_token' }],
  });
  expect(Object.fromEntries(span.attributes.map(({ key, value }) => [key, value]))).toMatchObject({
    'gen_ai.operation.name': { stringValue: 'chat' },
    'gen_ai.provider.name': { stringValue: 'mlx-lm' },
    'gen_ai.request.model': { stringValue: 'coder' },
    'gen_ai.response.model': { stringValue: 'org/coder' },
    'gen_ai.response.finish_reasons': { arrayValue: { values: [{ stringValue: 'stop' }] } },
    'gen_ai.usage.input_tokens': { intValue: '20' },
    'gen_ai.usage.output_tokens': { intValue: '11' },
    'gen_ai.usage.cache_read.input_tokens': { intValue: '12' },
    'mlx_manager.tokens_per_second': { doubleValue: 100 },
  });
  expect(JSON.stringify(span)).not.toContain('sesame');
});

test('a failed request is an error with its code', async () => {
  const { url, spans, until } = await collector();
  exporter(`${url}/v1/traces`).push(
    rowOf(traceOf({ outcome: 'error', status: 502, errorCode: 'ENGINE_UNREACHABLE', finishReason: null }), false),
  );
  await until(1);
  expect(spans[0]).toMatchObject({ status: { code: 2, message: 'ENGINE_UNREACHABLE' } });
  expect(spans[0]?.attributes).toContainEqual({ key: 'error.type', value: { stringValue: 'ENGINE_UNREACHABLE' } });
});

test('batches; what a busy collector refuses is sent again, each span once', async () => {
  const { url, spans, answers, until, paths } = await collector();
  answers.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0.01' } });
  const out = exporter(url);
  for (let i = 0; i < 1200; i++) out.push(rowOf(traceOf(), false));
  await until(1200);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1200);
  expect(spans).toHaveLength(1200);
  expect(paths).toHaveLength(2 + 3);
});

test('what a collector refuses for good is given up; what never could be sent is bounded', async () => {
  const { url, spans, answers, until, requests } = await collector();
  answers.push({ status: 400 });
  const out = exporter(url);
  out.push(rowOf(traceOf(), false));
  await requests(1);
  out.push(rowOf(traceOf({ model: 'after' }), false));
  await until(1);
  expect(spans.map(({ name }) => name)).toEqual(['chat after']);

  const held = exporter(url, 3_600_000);
  for (let i = 0; i < 3000; i++) held.push(rowOf(traceOf({ model: `m${i}` }), false));
  await held.flush();
  expect(spans.slice(1).map(({ name }) => name)).toEqual(Array.from({ length: 2048 }, (_, i) => `chat m${i + 3000 - 2048}`));
});

test('failures are logged once a minute, not each time; nobody waits for a dead collector', async () => {
  const out = exporter('http://127.0.0.1:9');
  for (let round = 0; round < 5; round++) {
    out.push(rowOf(traceOf(), false));
    await out.flush();
  }
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('OpenTelemetry collector');
});

test('metering exports when the setting is set, with the standard headers', async () => {
  const { url, spans, headers, until } = await collector();
  const rig = meteringRig({ settings: { otelEndpoint: url }, env: { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=red%20one, api-key=k' } });
  rig.send();
  await rig.end();
  await until(1);
  expect(headers[0]).toMatchObject({ 'x-team': 'red one', 'api-key': 'k', 'content-type': 'application/json' });
  expect(spans).toHaveLength(1);
});

test.each([
  [undefined, {}],
  ['', {}],
  ['a=1,b=x%3Dy', { a: '1', b: 'x=y' }],
  ['a=b=c, =x,y', { a: 'b=c' }],
  ['a=100%', { a: '100%' }],
])('OTEL_EXPORTER_OTLP_HEADERS %j', (text, expected) => {
  expect(otlpHeaders(text)).toEqual(expected);
});
