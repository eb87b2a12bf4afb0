/** The streaming parser: bytes in any pieces, and every way in which a stream can end. */
import fc from 'fast-check';
import { readSse, type ByteBody } from '../index.js';

interface Told {
  id?: string;
  event?: string;
  data: string;
}
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* inPieces(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
async function collect(body: ByteBody): Promise<Told[]> {
  const all: Told[] = [];
  for await (const { id, event, data } of readSse(body))
    all.push({ ...(id !== undefined && { id }), ...(event !== undefined && { event }), data });
  return all;
}
/** Cuts bytes at any places, empty pieces included. */
const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
};

/** A line of text: anything without line breaks, also of several bytes a character. */
const line = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\r\n\0\uFEFF]/.test(text));
const word = line.filter((text) => text !== '');
const told = fc.record({ id: word, event: word, data: fc.array(line, { minLength: 1, maxLength: 3 }) }, { requiredKeys: ['data'] });
const ending = fc.constantFrom('\n', '\r\n', '\r');
const cuts = fc.array(fc.nat(), { maxLength: 20 });

test('any events, in any line endings, with comments and a BOM, cut anywhere, come out as they were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 5 }), ending, fc.boolean(), line, cuts, async (events, end, bom, comment, at) => {
      const text = events.map(({ id, event, data }) =>
        [
          `:${comment}`,
          ...(id === undefined ? [] : [`id: ${id}`]),
          ...(event === undefined ? [] : [`event: ${event}`]),
          ...data.map((one) => `data: ${one}`),
          '',
          '',
        ].join(end),
      );
      const bytes = encode((bom ? '\uFEFF' : '') + text.join(''));
      expect(await collect(inPieces(cutAt(bytes, at)))).toEqual(
        events.map(({ data, ...rest }) => ({ ...(JSON.parse(JSON.stringify(rest)) as object), data: data.join('\n') })),
      );
    }),
    { numRuns: 300 },
  );
});

test('every single cut inside characters of several bytes and inside CRLF gives the same', async () => {
  const bytes = encode('\uFEFFid: 1\r\ndata: naïve 🦊 漢字\r\ndata: två\r\n\r\n:x\r\nevent: e\r\ndata: 👩‍🚀\r\n\r\n');
  const whole = [
    { id: '1', data: 'naïve 🦊 漢字\ntvå' },
    { event: 'e', data: '👩‍🚀' },
  ];
  for (let at = 0; at <= bytes.length; at++) expect(await collect(inPieces(cutAt(bytes, [at])))).toEqual(whole);
  expect(await collect(inPieces([...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(whole);
});

test('a slow source: each event comes out when its end has come in, not later', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const events = readSse(readable);
  void writer.write(encode('data: o'));
  const first = events.next();
  void writer.write(encode('ne\n\ndata: tw'));
  expect(await first).toMatchObject({ value: { data: 'one' } });
  const second = events.next();
  void writer.write(encode('o\n\n'));
  expect(await second).toMatchObject({ value: { data: 'two' } });
  void writer.close();
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('an end without the last event’s empty line still gives that event', async () => {
  for (const tail of ['', '\n', '\r', '\r\n', '\n\n'])
    expect(await collect(inPieces([encode(`data: last${tail}`)]))).toEqual([{ data: 'last' }]);
  expect(await collect(inPieces([]))).toEqual([]);
});

test('an end inside a character gives the replacement character, and ends', async () => {
  expect(await collect(inPieces([encode('data: é').slice(0, -1)]))).toEqual([{ data: '\uFFFD' }]);
});

test('a source that was called off ends quietly, with what came before', async () => {
  const aborting = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encode('data: one\n\ndata: half'));
      },
      pull(controller) {
        controller.error(new DOMException('called off', 'AbortError'));
      },
    },
    { highWaterMark: 0 },
  );
  expect(await collect(aborting)).toEqual([{ data: 'one' }]);
});

test('a source that breaks is told, after what came before', async () => {
  const seen: string[] = [];
  const broken = (async function* () {
    yield encode('data: one\n\ndata: half');
    throw new Error('connection reset');
  })();
  const reading = (async () => {
    for await (const { data } of readSse(broken)) seen.push(data);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'STREAM_BROKEN', cause: { message: 'connection reset' } });
  expect(seen).toEqual(['one']);
});

test('a reader that leaves early lets go of the source', async () => {
  let cancelled: unknown;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(encode('data: again\n\n')),
    cancel: (reason) => void (cancelled = reason ?? 'left'),
  });
  for await (const { data } of readSse(endless)) {
    expect(data).toBe('again');
    break;
  }
  expect(cancelled).toBe('left');
  let returned = false;
  const generator = (async function* () {
    try {
      for (;;) yield encode('data: again\n\n');
    } finally {
      returned = true;
    }
  })();
  for await (const { data } of readSse(generator)) if (data === 'again') break;
  expect(returned).toBe(true);
});
