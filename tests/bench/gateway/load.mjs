/**
 * The load generator, a process of its own: plain sockets, prepared bytes, and no more of HTTP read than where an answer ends.
 * Argument: JSON { url, connections, requests | seconds, body, headers }. Prints JSON { requests, seconds, perSecond, median, p99, events, failed, firstMs }.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const { url, connections, requests = Infinity, seconds = Infinity, body, headers = {} } = JSON.parse(process.argv[2]);
const { hostname, port, pathname } = new URL(url);
const payload = Buffer.from(JSON.stringify(body));
const extra = Object.entries(headers)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');
const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n${extra}content-length: ${payload.length}\r\n\r\n`;
const message = Buffer.concat([Buffer.from(head), payload]);

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const EVENT = Buffer.from('data: ');
const times = [];
const firsts = [];
let events = 0;
let failed = 0;
let begun = 0;
const start = performance.now();
const mayGoOn = () => begun < requests && performance.now() - start < seconds * 1000;

/** One connection that asks again and again. */
function client() {
  return new Promise((done) => {
    let socket;
    let at = 0;
    let first = 0;
    /** Bytes of the body still to come; null: chunked; undefined: the head is not there yet. */
    let left;
    let tail = Buffer.alloc(0);
    const ask = () => {
      if (!mayGoOn()) {
        socket.destroy();
        done();
        return;
      }
      begun++;
      left = undefined;
      first = 0;
      tail = Buffer.alloc(0);
      at = performance.now();
      socket.write(message);
    };
    const over = () => {
      times.push(performance.now() - at);
      firsts.push(first - at);
      left = undefined;
      ask();
    };
    const take = (data) => {
      if (left === undefined) {
        tail = tail.length === 0 ? data : Buffer.concat([tail, data]);
        const end = tail.indexOf('\r\n\r\n');
        if (end === -1) return;
        const text = tail.subarray(0, end).toString('latin1').toLowerCase();
        if (!/^http\/1\.[01] 200/.test(text)) failed++;
        const length = /content-length: (\d+)/.exec(text)?.[1];
        left = length === undefined ? null : Number(length);
        data = tail.subarray(end + 4);
        tail = Buffer.alloc(0);
        if (data.length === 0 && left !== 0) return;
      }
      if (first === 0 && data.length > 0) first = performance.now();
      for (let i = data.indexOf(EVENT); i !== -1; i = data.indexOf(EVENT, i + 6)) events++;
      if (left !== null) {
        left -= data.length;
        if (left <= 0) over();
        return;
      }
      tail = data.length >= 5 ? data.subarray(-5) : Buffer.concat([tail, data]).subarray(-5);
      if (tail.equals(LAST_CHUNK)) over();
    };
    const open = () => {
      socket = connect(Number(port), hostname);
      socket.setNoDelay(true);
      socket.on('connect', ask);
      socket.on('data', take);
      socket.on('error', () => failed++);
      // An engine that closes after each answer (HTTP/1.0): its answer ends so.
      socket.on('close', () => {
        if (left === null && first !== 0) {
          times.push(performance.now() - at);
          firsts.push(first - at);
        }
        if (mayGoOn()) open();
        else done();
      });
    };
    open();
  });
}

await Promise.all(Array.from({ length: connections }, client));
const took = (performance.now() - start) / 1000;
const sorted = times.toSorted((a, b) => a - b);
const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN;
process.stdout.write(
  JSON.stringify({
    requests: times.length,
    seconds: took,
    perSecond: times.length / took,
    median: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    firstMs: at(
      firsts.toSorted((a, b) => a - b),
      0.5,
    ),
    events,
    failed,
  }),
);
