/**
 * The agent's address with more on its event stream: everything goes through as it is, and hours of events are told behind the agent's own, in the
 * agent's own form. So a page lives through an afternoon in a minute.
 */
import { createServer, request } from 'node:http';
import { getText } from '../processes.mjs';

export async function startFlood(agent) {
  const target = new URL(agent.address);
  const readers = new Set();
  const server = createServer((asked, answer) => {
    const headers = { ...asked.headers, host: target.host, ...(asked.headers.origin && { origin: target.origin }) };
    const passed = request({ hostname: target.hostname, port: target.port, path: asked.url, method: asked.method, headers }, (from) => {
      answer.writeHead(from.statusCode, from.headers);
      from.pipe(answer);
      if (!asked.url.startsWith('/api/events')) return;
      const reader = { answer, topics: new URL(asked.url, target).searchParams.get('topics')?.split(',') };
      readers.add(reader);
      answer.on('close', () => readers.delete(reader));
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** Tells one event to whoever reads its topic. Answers to how many. */
    tell(type, data) {
      const frame = `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
      let told = 0;
      for (const { answer, topics } of readers) {
        if (topics && !topics.includes(type.split('.')[0])) continue;
        answer.write(frame);
        told++;
      }
      return told;
    },
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

/**
 * What an agent with a busy server tells in two seconds, made from what it answers now.
 * @returns a function of the tick: events as [type, data].
 */
export async function busyAgent(agent) {
  const ask = async (path) => JSON.parse(await getText(`${agent.address}${path}`, agent.headers));
  const [servers, usage, memory, pool, profiles] = await Promise.all([
    ask('/api/servers'),
    ask('/api/usage'),
    ask('/api/system/memory'),
    ask('/api/pool'),
    ask('/api/profiles'),
  ]);
  const of = (tick, i) => ({ prompt_tokens: tick * 900 + i, completion_tokens: tick * 80 + i, requests: tick, active: tick % 3 });
  return (tick) => [
    ...servers.map((server) => ['server.updated', { ...server, memory_mb: 700 + (tick % 90), cpu_percent: tick % 100 }]),
    [
      'usage.updated',
      {
        ...usage,
        // Without a server that ever ran there is nothing to make it from.
        servers: profiles.slice(0, usage.servers.length > 0 ? 3 : 0).map((profile, i) => ({
          ...usage.servers[0],
          profile_id: profile.id,
          profile_name: profile.name,
          ...of(tick, i),
          tokens_per_second: (tick % 40) + i,
        })),
      },
    ],
    ['memory.updated', { ...memory, used_gb: 8 + (tick % 20) / 10 }],
    ['pool.updated', pool],
  ];
}

/** A download that goes on and on. */
export const downloadAt = (task, tick) => ['download.updated', { ...task, progress: tick % 100, downloaded_bytes: tick * 1000 }];
