import { protocolOf, testConnection } from './test-connection.js';
import { firstProfile, modelNameOf, originOf } from './target.js';

const target = { model: 'm', kind: 'lm' as const };
const signal = new AbortController().signal;
/** A gateway that answers this, and keeps what it was asked. */
function gateway(body: unknown, status = 200) {
  const asked: { url: string; init: RequestInit }[] = [];
  const answer = (url: string, init: RequestInit): Promise<Response> => {
    asked.push({ url, init });
    return Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
  };
  return { asked, answer };
}

test('each protocol is asked on its path for one token, and its answer is understood', async () => {
  const answers = {
    openai: { choices: [{ message: { content: ' OK ' } }] },
    responses: { output: [{ content: [{ type: 'output_text', text: 'OK' }] }] },
    anthropic: { content: [{ type: 'text', text: 'OK' }] },
  };
  const paths = { openai: '/v1/chat/completions', responses: '/v1/responses', anthropic: '/v1/messages' };
  for (const protocol of ['openai', 'responses', 'anthropic'] as const) {
    const { asked, answer } = gateway(answers[protocol]);
    expect(await testConnection(protocol, target, signal, answer)).toMatchObject({ said: 'OK' });
    expect(asked[0]?.url).toBe(paths[protocol]);
    // As the client: without the page's session.
    expect(asked[0]?.init.credentials).toBe('omit');
    expect(Object.values(JSON.parse(asked[0]?.init.body as string) as object)).toContain(1);
  }
  const { answer } = gateway({ data: [{ embedding: [0, 0, 0] }] });
  expect((await testConnection('openai', { ...target, kind: 'embeddings' }, signal, answer)).said).toBe('3 dimensions');
});

test('a key is sent; a refusal is told in the gateway’s words; other answers are not taken for one', async () => {
  const refused = gateway({ error: { message: 'No key.', action: 'Make one.' } }, 401);
  await expect(testConnection('anthropic', { ...target, key: 'mlxm_x' }, signal, refused.answer)).rejects.toThrow('No key. Make one.');
  expect(refused.asked[0]?.init.headers).toMatchObject({ authorization: 'Bearer mlxm_x' });
  await expect(testConnection('openai', target, signal, gateway('<html>').answer)).rejects.toThrow(/no JSON/);
  await expect(testConnection('openai', target, signal, gateway({ hello: 1 }).answer)).rejects.toThrow(/something else/);
});

test('names and addresses', () => {
  expect(modelNameOf({ name: 'Second One', aliases: ['second'] })).toBe('second');
  expect(modelNameOf({ name: 'one', aliases: ['other'] })).toBe('one');
  expect(originOf('http://192.168.1.5:10239/v1')).toBe('http://192.168.1.5:10239');
  expect([protocolOf('codex'), protocolOf('curl')]).toEqual(['responses', 'openai']);
  const profiles = [{ id: 1 }, { id: 2 }, { id: 3 }] as unknown as Parameters<typeof firstProfile>[0];
  expect([firstProfile(profiles, 3, [2])?.id, firstProfile(profiles, null, [2])?.id, firstProfile(profiles, 9, [])?.id]).toEqual([3, 2, 1]);
});
