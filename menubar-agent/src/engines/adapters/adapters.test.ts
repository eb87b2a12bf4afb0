import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchSpec } from '../../../../tests/support/engines.js';
import type { EngineTarget, LaunchSpec } from '../types.js';
import { mlxLm } from './mlx-lm.js';
import { mlxOpenaiServer } from './mlx-openai-server.js';

const environment = { root: '/engines/x', python: '/engines/x/bin/python' };
const spec = (changes: Partial<LaunchSpec> = {}): LaunchSpec =>
  launchSpec({ modelFolder: '/models/a b', modelName: 'org/name', host: 'localhost', ...changes });
const everything = spec({
  contextLength: 8192,
  maxConcurrency: 20,
  queueTimeout: 60,
  queueSize: 0,
  toolCallParser: 'qwen3',
  reasoningParser: 'hermes',
  enableAutoToolChoice: true,
  trustRemoteCode: true,
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
  extraArgs: ['--prompt-cache-size', '2'],
});
/** The command line from the first option on, as text. */
const line = (args: readonly string[]): string => args.slice(1).join(' ');

describe('command', () => {
  test('mlx-lm', () => {
    const plain = mlxLm.command(spec(), environment);
    expect(plain.file).toBe('/engines/x/bin/python');
    expect(plain.args).toEqual([
      '/engines/x/bin/mlx_lm.server',
      ...['--model', '/models/a b', '--host', '127.0.0.1', '--port', '10240', '--allowed-origins', 'none', '--log-level', 'INFO'],
      ...['--max-tokens', '32768'],
    ]);
    expect(plain.env).toMatchObject({
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_OFFLINE: '1',
      PYTHONUNBUFFERED: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
    });
    expect(line(mlxLm.command(everything, environment).args)).toBe(
      '--model /models/a b --host 127.0.0.1 --port 10240 --allowed-origins none --log-level DEBUG --decode-concurrency 20 --prompt-concurrency 8 --trust-remote-code --temp 0.7 --top-p 0.9 --top-k 20 --min-p 0.05 --max-tokens 1000 --prompt-cache-size 2',
    );
    expect(line(mlxLm.command(spec({ contextLength: 4096 }), environment).args)).toContain('--max-tokens 4096');
  });

  test('mlx-openai-server', () => {
    const plain = mlxOpenaiServer.command(spec(), environment);
    expect(plain.args).toEqual([
      ...[
        '/engines/x/bin/mlx-openai-server',
        'launch',
        '--model-path',
        '/models/a b',
        '--model-type',
        'lm',
        '--served-model-name',
        'org/name',
      ],
      ...[
        '--host',
        '127.0.0.1',
        '--port',
        '10240',
        '--queue-timeout',
        '300',
        '--queue-size',
        '100',
        '--log-level',
        'INFO',
        '--no-log-file',
      ],
    ]);
    expect(line(mlxOpenaiServer.command(everything, environment).args)).toBe(
      'launch --model-path /models/a b --model-type lm --served-model-name org/name --host 127.0.0.1 --port 10240 --queue-timeout 60 --queue-size 1 --log-level DEBUG --log-file /logs/own.log --context-length 8192 --decode-concurrency 20 --prompt-concurrency 8 --tool-call-parser qwen3 --reasoning-parser hermes --enable-auto-tool-choice --trust-remote-code --temperature 0.7 --top-p 0.9 --top-k 20 --min-p 0.05 --max-tokens 1000 --repetition-penalty 1.1 --presence-penalty 0.5 --seed 7 --prompt-cache-size 2',
    );
    const whisper = line(mlxOpenaiServer.command({ ...everything, modelType: 'whisper' }, environment).args);
    expect(whisper).not.toMatch(/context-length|concurrency|parser|tool-choice|temperature|seed|trust/);
  });

  test('a chat template is handed over as each engine takes it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'template-'));
    try {
      const file = join(folder, 'chat.jinja');
      writeFileSync(file, '-{{ messages }}\n');
      expect(mlxLm.command(spec({ chatTemplateFile: file }), environment).args).toContain('--chat-template=-{{ messages }}\n');
      expect(line(mlxOpenaiServer.command(spec({ chatTemplateFile: file }), environment).args)).toContain(`--chat-template-file ${file}`);
      expect(() => mlxLm.command(spec({ chatTemplateFile: join(folder, 'none') }), environment)).toThrow(
        /chat_template_file .*none cannot be read/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('mlx-openai-server does not start a model that would run its own code unasked', () => {
    const folder = mkdtempSync(join(tmpdir(), 'model-'));
    try {
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'qwen3', model_file: 'evil.py' }));
      expect(() => mlxOpenaiServer.command(spec({ modelFolder: folder }), environment)).toThrow(
        expect.objectContaining({ code: 'MODEL_PATH_REFUSED', action: expect.stringContaining('trust_remote_code') as string }),
      );
      expect(mlxOpenaiServer.command(spec({ modelFolder: folder, trustRemoteCode: true }), environment).args).toContain(
        '--trust-remote-code',
      );
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'qwen3' }));
      expect(mlxOpenaiServer.command(spec({ modelFolder: folder }), environment).args).toContain(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what an engine lacks is said', () => {
  test('nothing when nothing is asked', () => {
    expect(mlxLm.warnings(spec())).toEqual([]);
    expect(mlxOpenaiServer.warnings(spec())).toEqual([]);
  });
  test('mlx-lm', () => {
    expect(mlxLm.warnings(everything)).toHaveLength(mlxLm.unsupportedOptions.length);
    expect(mlxLm.warnings(spec({ contextLength: 1 }))).toEqual(['mlx-lm has no limit of the context: a longer prompt takes more memory.']);
  });
  test('mlx-openai-server', () => {
    expect(mlxOpenaiServer.warnings(spec({ sampling: { frequencyPenalty: 1 } }))).toEqual(['mlx-openai-server has no frequency_penalty.']);
    expect(mlxOpenaiServer.warnings(spec({ sampling: { seed: 1 } }))).toEqual([expect.stringContaining('--disable-batching')]);
    expect(mlxOpenaiServer.warnings(spec({ sampling: { seed: 1 }, extraArgs: ['--disable-batching'] }))).toEqual([]);
    expect(mlxOpenaiServer.warnings(spec({ modelType: 'embeddings', contextLength: 5, maxConcurrency: 2 }))).toEqual([
      'A model of type embeddings does not use context_length, max_concurrency.',
    ]);
  });
});

describe('refuseArg', () => {
  test.each([
    '--port',
    '--port=1',
    '--po',
    '--host=0.0.0.0',
    '--ho',
    '--model',
    '--mode=x',
    '--allowed-origins=*',
    '--allow',
    '--trust-remote-code',
    '--tr',
    '--help',
    '-h',
  ])('mlx-lm refuses %s', (option) => expect(mlxLm.refuseArg(option)).toEqual(expect.any(String)));
  test.each([
    '--prompt-cache-size',
    '--kv-bits=4',
    '--max-tokens',
    '--draft-model',
    '--temp',
    '--chat-template-args',
    '--pipeline',
    '8',
    'some value',
    '--',
  ])('mlx-lm takes %s', (option) => expect(mlxLm.refuseArg(option)).toBeNull());
  test.each([
    ...[
      '--port',
      '--port=1',
      '--host',
      '--model-path=x',
      '--model-type',
      '--served-model-name',
      '--config=a.yaml',
      '--log-file',
      '--no-log-file',
    ],
    ...['--trust-remote-code', '--help'],
  ])('mlx-openai-server refuses %s', (option) => expect(mlxOpenaiServer.refuseArg(option)).toEqual(expect.any(String)));
  test.each(['--config-name', '--kv-bits', '--draft-model-path', '--log-level', '--disable-batching', '--lora-paths=a', '4'])(
    'mlx-openai-server takes %s',
    (option) => expect(mlxOpenaiServer.refuseArg(option)).toBeNull(),
  );
  test('an abbreviation names what it stands for', () => {
    expect(mlxLm.refuseArg('--po')).toBe('it is short for --port: the agent chooses the port');
  });
});

describe('prepareChat', () => {
  test('mlx-lm: its model name, usage in streams, input untouched', () => {
    const body = Object.freeze({ model: 'x', stream: true, stream_options: Object.freeze({ other: 1 }), temperature: 0 });
    expect(mlxLm.prepareChat(body, spec())).toEqual({
      model: 'default_model',
      stream: true,
      stream_options: { other: 1, include_usage: true },
      temperature: 0,
    });
    expect(mlxLm.prepareChat({ model: 'x', stream: true, stream_options: null }, spec())).toMatchObject({
      stream_options: { include_usage: true },
    });
    expect(mlxLm.prepareChat({ model: 'x', stream: false }, spec())).toEqual({ model: 'default_model', stream: false });
  });
  test('mlx-openai-server: the served name', () => {
    const body = Object.freeze({ model: 'alias', stream: true });
    expect(mlxOpenaiServer.prepareChat(body, spec())).toEqual({ model: 'org/name', stream: true });
  });
});

describe('health and probe', () => {
  let server: Server;
  let target: EngineTarget;
  const seen: { url: string | undefined; body: string }[] = [];
  let answer: { status: number; body: string } | 'nothing';
  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url, body: Buffer.concat(chunks).toString() });
        if (answer !== 'nothing') response.writeHead(answer.status).end(answer.body);
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

  test('mlx-lm: 200 is alive, 503 is final', async () => {
    answer = { status: 200, body: '{"status": "ok"}' };
    await expect(mlxLm.health(target, signal())).resolves.toEqual({ status: 'ready', detail: null });
    answer = { status: 503, body: '{"status": "unavailable"}' };
    await expect(mlxLm.health(target, signal())).resolves.toMatchObject({ status: 'failed' });
    expect(seen.map(({ url }) => url)).toEqual(['/health', '/health']);
  });

  test('mlx-openai-server: 503 is loading', async () => {
    answer = { status: 503, body: '{"status":"unhealthy","model_id":null,"model_status":"no_models"}' };
    await expect(mlxOpenaiServer.health(target, signal())).resolves.toEqual({
      status: 'loading',
      detail: 'health answered 503 (no_models)',
    });
    answer = { status: 500, body: 'oops' };
    await expect(mlxOpenaiServer.health(target, signal())).resolves.toMatchObject({ status: 'failed' });
  });

  test('a probe wants one token, and tells what came instead', async () => {
    answer = { status: 200, body: '{"choices":[{"text":"x"}]}' };
    await mlxLm.probe(target, signal());
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ model: 'default_model', max_tokens: 1 });
    answer = { status: 404, body: '{"error": "generation thread died"}' };
    await expect(mlxLm.probe(target, signal())).rejects.toThrow(/404.*generation thread died/);
    answer = { status: 200, body: '' };
    await expect(mlxLm.probe(target, signal())).rejects.toThrow('answered 200: nothing');
  });

  test.each([
    ['lm', '/v1/chat/completions', '{"choices":[{}]}'],
    ['multimodal', '/v1/chat/completions', '{"choices":[{}]}'],
    ['embeddings', '/v1/embeddings', '{"data":[{}]}'],
    ['whisper', '/v1/models', '{"data":[{}]}'],
    ['image-generation', '/v1/models', '{"data":[{}]}'],
    ['image-edit', '/v1/models', '{"data":[{}]}'],
  ] as const)('mlx-openai-server probes %s by %s', async (modelType, url, body) => {
    answer = { status: 200, body };
    await mlxOpenaiServer.probe({ ...target, spec: spec({ modelType }) }, signal());
    expect(seen[0]?.url).toBe(url);
    answer = { status: 200, body: '{"data":[],"choices":[]}' };
    await expect(mlxOpenaiServer.probe({ ...target, spec: spec({ modelType }) }, signal())).rejects.toThrow();
  });

  test('the signal ends a request that nobody answers', async () => {
    answer = 'nothing';
    const abort = new AbortController();
    server.once('request', () => abort.abort(new Error('enough')));
    await expect(mlxLm.probe(target, abort.signal)).rejects.toThrow('enough');
  });
});
