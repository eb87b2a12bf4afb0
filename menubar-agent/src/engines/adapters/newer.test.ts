/** What mlx-vlm and vllm-mlx are told and asked. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchSpec } from '../../../../tests/support/engines.js';
import { adapters, getAdapter } from '../registry.js';
import type { EngineTarget, LaunchSpec } from '../types.js';
import { mlxLm } from './mlx-lm.js';
import { mlxOpenaiServer } from './mlx-openai-server.js';
import { mlxVlm } from './mlx-vlm.js';
import { vllmMlx } from './vllm-mlx.js';

const environment = { root: '/engines/x', python: '/engines/x/bin/python' };
const spec = (changes: Partial<LaunchSpec> = {}): LaunchSpec =>
  launchSpec({ modelFolder: '/models/a b', modelName: 'org/name', host: 'localhost', ...changes });
const everything = spec({
  contextLength: 8192,
  maxConcurrency: 20,
  queueTimeout: 60,
  queueSize: 0,
  toolCallParser: 'qwen3_moe',
  reasoningParser: 'step_35',
  enableAutoToolChoice: true,
  trustRemoteCode: true,
  chatTemplateFile: '/x.jinja',
  logLevel: 'DEBUG',
  logFile: '/logs/own.log',
  sampling: {
    temperature: 0.7,
    topP: 0.9,
    topK: 20,
    minP: 0.05,
    maxTokens: 1000,
    repetitionPenalty: 1.1,
    presencePenalty: 0.5,
    frequencyPenalty: 0.2,
    seed: 7,
  },
  extraArgs: ['--some', '2'],
});

describe('command', () => {
  const line = (args: readonly string[], from: string): string => args.slice(args.indexOf(from)).join(' ');

  test('vllm-mlx', () => {
    const { args, file, env } = vllmMlx.command(spec(), environment);
    expect(file).toBe('/engines/x/bin/python');
    expect(args.slice(0, 2)).toEqual(['-P', '-c']);
    expect(args.slice(3)).toEqual([
      ...['INFO', 'serve', '/models/a b', '--served-model-name', 'org/name', '--host', '127.0.0.1', '--port', '10240', '--offline'],
      ...['--continuous-batching', '--use-paged-cache', '--timeout', '86400', '--max-tokens', '32768', '--max-request-tokens', '1000000'],
      ...['--enable-auto-tool-choice', '--tool-call-parser', 'auto', '--reasoning-parser', 'qwen3'],
    ]);
    expect(env).toMatchObject({ HF_HUB_OFFLINE: '1' });
    expect(line(vllmMlx.command(everything, environment).args, '--use-paged-cache')).toBe(
      '--use-paged-cache --timeout 86400 --max-num-seqs 20 --max-tokens 1000 --max-request-tokens 1000000 --enable-auto-tool-choice --tool-call-parser qwen3 --reasoning-parser step3p5 --trust-remote-code --default-temperature 0.7 --default-top-p 0.9 --default-top-k 20 --default-min-p 0.05 --default-presence-penalty 0.5 --default-repetition-penalty 1.1 --some 2',
    );
    expect(vllmMlx.command(everything, environment).args[3]).toBe('DEBUG');
    expect(vllmMlx.command(spec({ modelType: 'multimodal' }), environment).args).toContain('--mllm');
  });

  test('mlx-vlm', () => {
    const { args, env } = mlxVlm.command(spec({ modelType: 'multimodal' }), environment);
    expect(args).toEqual([
      ...['/engines/x/bin/mlx_vlm.server', '--model', '/models/a b', '--host', '127.0.0.1', '--port', '10240', '--log-level', 'INFO'],
      ...['--enable-thinking', '--top-logprobs-k', '20', '--max-num-seqs', '32', '--max-tokens', '32768'],
    ]);
    expect(env).toMatchObject({ HF_HUB_OFFLINE: '1', APC_ENABLED: '1', APC_DISK_ENABLED: '0' });
    expect(line(mlxVlm.command(everything, environment).args, '--log-level')).toBe(
      '--log-level DEBUG --enable-thinking --top-logprobs-k 20 --max-num-seqs 20 --max-kv-size 8192 --max-tokens 1000 --trust-remote-code --some 2',
    );
    expect(line(mlxVlm.command({ ...everything, modelType: 'embeddings' }, environment).args, '--embedding-model')).toBe(
      '--embedding-model /models/a b --host 127.0.0.1 --port 10240 --log-level DEBUG --trust-remote-code --some 2',
    );
  });

  test.each([mlxVlm, vllmMlx])('no model runs its own code unasked: $id', (adapter) => {
    const folder = mkdtempSync(join(tmpdir(), 'model-'));
    try {
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'qwen3', model_file: 'evil.py' }));
      expect(() => adapter.command(spec({ modelFolder: folder }), environment)).toThrow(
        expect.objectContaining({ code: 'MODEL_PATH_REFUSED' }),
      );
      expect(adapter.command(spec({ modelFolder: folder, trustRemoteCode: true }), environment).args).toContain('--trust-remote-code');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what an engine lacks is said', () => {
  test('nothing when nothing is asked, and everything it names', () => {
    for (const adapter of [mlxVlm, vllmMlx]) {
      expect(adapter.warnings(spec())).toEqual([]);
      expect(adapter.warnings(everything)).toHaveLength(adapter.unsupportedOptions.length);
    }
    expect(vllmMlx.warnings(spec({ toolCallParser: 'functiongemma', reasoningParser: 'solar_open' }))).toEqual([
      'vllm-mlx has no parser functiongemma; it uses auto.',
      'vllm-mlx has no parser solar_open; it uses qwen3.',
    ]);
    expect(mlxVlm.warnings(spec({ modelType: 'embeddings', contextLength: 5, trustRemoteCode: true }))).toEqual([
      'A model of type embeddings does not use context_length.',
    ]);
  });

  test.each([
    '--port',
    '--ho',
    '--served-model-name=x',
    '--models-config',
    '--api-key',
    '--mcp-config=x',
    '--lazy-load-model',
    '--trust-remote-code',
    '-h',
  ])('vllm-mlx refuses %s', (option) => expect(vllmMlx.refuseArg(option)).toEqual(expect.any(String)));
  test.each(['--model', '--port=1', '--host', '--api-key', '--reload', '--model-dir', '--tr'])('mlx-vlm refuses %s', (option) =>
    expect(mlxVlm.refuseArg(option)).toEqual(expect.any(String)),
  );
  test.each(['--kv-bits', '--draft-model', '--max-tokens=5', '8'])('both take %s', (option) =>
    expect([mlxVlm.refuseArg(option), vllmMlx.refuseArg(option)]).toEqual([null, null]),
  );
});

describe('prepareChat', () => {
  const messages = Object.freeze([
    { role: 'developer', content: 'x' },
    { role: 'user', content: 'y', name: 'z' },
  ]);

  test.each(adapters.map((adapter) => [adapter.id, adapter] as const))(
    '%s gets what OpenAI’s clients send in the form it reads',
    (_id, adapter) => {
      const body = Object.freeze({
        model: 'a',
        messages,
        top_p: null,
        stop: 'x',
        max_tokens: 3,
        max_completion_tokens: 5,
        stream: true,
        n: 1,
      });
      const prepared = adapter.prepareChat(body, spec());
      expect(prepared).toMatchObject({
        messages: [{ role: 'system', content: 'x' }, messages[1]],
        stop: ['x'],
        max_tokens: 5,
        stream: true,
        n: 1,
      });
      for (const gone of ['top_p', 'max_completion_tokens']) expect(prepared).not.toHaveProperty(gone);
      if (adapter !== mlxOpenaiServer) expect(prepared.stream_options).toEqual({ include_usage: true });
    },
  );

  test('a bias for tokens that the model has not never reaches an engine: it would end it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vocabulary-'));
    try {
      for (const [name, config] of Object.entries({ plain: { vocab_size: 100 }, seeing: { text_config: { vocab_size: 100 } } })) {
        const modelFolder = join(folder, name);
        mkdirSync(modelFolder);
        writeFileSync(join(modelFolder, 'config.json'), JSON.stringify(config));
        for (const adapter of adapters) {
          const prepare = (id: number) =>
            adapter.prepareChat({ model: 'a', messages: [], logit_bias: { [id]: -100 } }, spec({ modelFolder }));
          for (const id of [100, 200_000, -1]) expect(() => prepare(id)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
          expect(prepare(99)).toMatchObject({ logit_bias: { 99: -100 } });
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a seed below 0 is none', () => {
    for (const adapter of adapters) {
      const prepare = (seed: number) => adapter.prepareChat({ model: 'a', messages: [], seed }, spec()).seed;
      expect(prepare(-1)).not.toBe(-1);
      expect(prepare(0)).toBe(0);
    }
    expect(mlxLm.prepareChat({ model: 'a', messages: [], seed: -1 }, spec())).not.toHaveProperty('seed');
  });

  test('the model is always the one that runs, and nothing names another', () => {
    const sneaky = { model: 'other', adapters: '/a', draft_model: '/b', adapter_path: '/c', messages: [] };
    expect(mlxLm.prepareChat(sneaky, spec())).toEqual({ model: 'default_model', adapter_path: '/c', messages: [] });
    expect(mlxVlm.prepareChat(sneaky, spec())).toMatchObject({ model: '/models/a b' });
    expect(mlxVlm.prepareChat(sneaky, spec())).not.toHaveProperty('adapter_path');
    expect(vllmMlx.prepareChat(sneaky, spec())).toMatchObject({ model: 'org/name' });
  });

  test('mlx-vlm: thinking, chance and context as with the others; embeddings untouched', () => {
    const asked = { messages: [], chat_template_kwargs: { enable_thinking: false } };
    const prepared = mlxVlm.prepareChat(asked, spec());
    expect(prepared).toMatchObject({ enable_thinking: false, context_management: [], seed: expect.any(Number) as number });
    expect(mlxVlm.prepareChat(asked, spec()).seed).not.toBe(prepared.seed);
    expect(mlxVlm.prepareChat({ ...asked, seed: 5, enable_thinking: true }, spec())).toMatchObject({ seed: 5, enable_thinking: true });
    expect(mlxVlm.prepareChat({ messages: [] }, spec())).not.toHaveProperty('enable_thinking');
    expect(mlxVlm.prepareChat({ model: 'x', input: 'Hi' }, spec())).toEqual({ model: '/models/a b', input: 'Hi' });
  });

  test('a JSON schema goes to an engine only where it can mask', () => {
    const response_format = { type: 'json_schema', json_schema: { schema: {} } };
    for (const adapter of [mlxVlm, vllmMlx]) {
      expect('response_format' in adapter.prepareChat({ messages: [], response_format }, spec())).toBe(adapter.native.jsonSchema);
      expect(adapter.native.jsonSchema).toBe(process.platform === 'darwin');
    }
    expect(mlxOpenaiServer.prepareChat({ response_format }, spec())).toMatchObject({ response_format });
  });

  test.each(['/etc/passwd', '~/x.wav', 'http://127.0.0.1/x', 'file:///x', '../x', 'data:audio/wav,http://x'])(
    'mlx-vlm opens no sound at %s',
    (data) => {
      const sound = (own: string): Record<string, unknown> => ({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x' },
              { type: 'input_audio', input_audio: { data: own, format: 'wav' } },
            ],
          },
        ],
      });
      expect(() => mlxVlm.prepareChat(sound(data), spec())).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
      expect(() => mlxVlm.prepareChat(sound('UklGRg+/AA=='), spec())).not.toThrow();
      expect(() => mlxVlm.prepareChat(sound('data:audio/wav;base64,UklGRg=='), spec())).not.toThrow();
    },
  );
});

describe('health and probe', () => {
  let server: Server;
  let target: EngineTarget;
  let answer: { status: number; body: string };
  const seen: { url: string; body: string }[] = [];
  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url ?? '', body: Buffer.concat(chunks).toString() });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    target = { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spec: spec() };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const signal = (): AbortSignal => AbortSignal.timeout(5_000);

  test.each([
    ['vllm-mlx', 200, '{"status":"healthy","model_loaded":true}', 'ready'],
    ['vllm-mlx', 200, '{"status":"healthy","model_loaded":false}', 'loading'],
    ['vllm-mlx', 200, '{"status":"unhealthy","model_loaded":true}', 'failed'],
    ['vllm-mlx', 500, 'oops', 'failed'],
    ['mlx-vlm', 200, '{"status":"healthy","loaded_models":{"embedding":{}}}', 'ready'],
    ['mlx-vlm', 200, '{"status":"healthy","loaded_models":{}}', 'failed'],
    ['mlx-vlm', 503, '', 'failed'],
  ] as const)('%s %s %s', async (engineId, status, body, expected) => {
    const adapter = getAdapter(engineId);
    answer = { status, body };
    await expect(adapter.health(target, signal())).resolves.toMatchObject({ status: expected });
  });

  test.each([
    ['vllm-mlx', 'lm', '/v1/completions', 'choices', 'org/name'],
    ['vllm-mlx', 'multimodal', '/v1/chat/completions', 'choices', 'org/name'],
    ['mlx-vlm', 'multimodal', '/v1/chat/completions', 'choices', '/models/a b'],
    ['mlx-vlm', 'embeddings', '/v1/embeddings', 'data', '/models/a b'],
  ] as const)('%s probes %s', async (engineId, modelType, url, list, model) => {
    const adapter = getAdapter(engineId);
    answer = { status: 200, body: `{"${list}":[{}]}` };
    await adapter.probe({ ...target, spec: spec({ modelType }) }, signal());
    expect(seen[0]?.url).toBe(url);
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ model });
    answer = { status: 200, body: `{"${list}":[]}` };
    await expect(adapter.probe({ ...target, spec: spec({ modelType }) }, signal())).rejects.toThrow(/probe answered 200/);
  });
});
