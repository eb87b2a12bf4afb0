/**
 * Real lines of the pinned engines, provoked on Linux (paths shortened), and two of Metal from public reports:
 * github.com/ml-explore/mlx/pull/479 and github.com/lmstudio-ai/lmstudio-bug-tracker/issues/2240.
 */
import { mlxLm } from './mlx-lm.js';
import { mlxOpenaiServer } from './mlx-openai-server.js';
import { mlxVlm } from './mlx-vlm.js';
import { vllmMlx } from './vllm-mlx.js';

const E = '\u001b';
/** As loguru colours it. */
const coloured = (text: string): string =>
  `${E}[32m2026-11-21 13:29:51${E}[0m | ${E}[31m${E}[1mERROR   ${E}[0m | ${E}[36mapp.server${E}[0m:${E}[36mlifespan${E}[0m:${E}[36m471${E}[0m | ✦ ${E}[31m${E}[1m${text}${E}[0m`;
const died = (text: string): string[] => [
  '2026-11-21 13:27:48,401 - INFO - Starting httpd at 127.0.0.1 on port 10240...',
  `2026-11-21 13:27:48,399 - ERROR - mlx_lm.server generation thread died: ${text}`,
  'Traceback (most recent call last):',
  `ValueError: ${text}`,
];
const failed = (text: string): string[] => [
  coloured(`Failed to initialize multi-handler setup: Handler process for 'tiny' failed to initialize: Error loading model: ${text}`),
  'ERROR:    Traceback (most recent call last):',
  `RuntimeError: Handler process for 'tiny' failed to initialize: Error loading model: ${text}`,
  'ERROR:    Application startup failed. Exiting.',
];

const offsets =
  "[load_safetensors] Tensor 'model.embed_tokens.weight' invalid data offsets (1017472, 2066048) exceeding the size of the file. Perhaps an incomplete download or corrupt file?";
const shape = 'Expected shape (4096, 64) but received shape (4096, 128) for parameter model.embed_tokens.weight';
const json = 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)';
const noFolder = "Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/models/missing'. Use `repo_type` argument if needed.";

test.each([
  [['OSError: [Errno 98] Address already in use'], 'port_taken', 'port'],
  [['OSError: [Errno 48] Address already in use'], 'port_taken', 'port'],
  [['mlx_lm.server: error: unrecognized arguments: --frobnicate 3'], 'bad_option', '--frobnicate 3'],
  [["mlx_lm.server: error: argument --top-k: invalid int value: 'many'"], 'bad_option', '--top-k'],
  [
    [
      'Traceback (most recent call last):',
      "ModuleNotFoundError: No module named 'mlx_lm.models.frobnicate9'",
      'The above exception was the direct cause of the following exception:',
      ...died('Model type frobnicate9 not supported.'),
    ],
    'unsupported_model',
    'frobnicate9',
  ],
  [
    died(
      "The model at /models/x requires importing and running a custom module ('my_model.py') to build its architecture. This is disabled by default. Pass trust_remote_code=True if you trust this model.",
    ),
    'unsupported_model',
    'Python code',
  ],
  [died('No safetensors found in /models/noweights'), 'model_missing', 'weights'],
  [died("[Errno 2] No such file or directory: '/models/noconfig/config.json'"), 'model_missing', 'config.json'],
  [died(json), 'model_missing', 'JSON'],
  [died(offsets), 'model_missing', 'cut off'],
  [died('[read] Unable to read from file.'), 'model_missing', 'cut off'],
  [died(shape), 'model_missing', 'Expected shape'],
  [died('Missing 45 parameters: '), 'model_missing', 'Missing 45'],
  [died(noFolder), 'model_missing', 'no such folder'],
  [["ModuleNotFoundError: No module named 'mlx_lm'"], 'package_missing', 'mlx_lm'],
  [
    [
      'libc++abi: terminating due to uncaught exception of type std::runtime_error: [METAL] Command buffer execution failed: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)',
    ],
    'out_of_memory',
    'memory',
  ],
  [
    died(
      '[metal::malloc] Attempting to allocate 48736917632 bytes which is greater than the maximum allowed buffer size of 30150672384 bytes.',
    ),
    'out_of_memory',
    'memory',
  ],
  [["terminate called after throwing an instance of 'std::bad_alloc'"], 'out_of_memory', 'memory'],
  [died('something nobody has seen'), 'crashed', 'something nobody has seen'],
] as const)('mlx-lm: %j', (lines, kind, word) => {
  const failure = mlxLm.explainFailure(lines);
  expect(failure?.kind).toBe(kind);
  expect(failure?.message).toContain(word);
  expect(failure?.action).toMatch(/\.$/);
});

test.each([
  [["ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 10240): address already in use"], 'port_taken', 'port'],
  [
    ["ERROR:    [Errno 48] error while attempting to bind on address ('127.0.0.1', 10240): [errno 48] address already in use"],
    'port_taken',
    'port',
  ],
  [
    [
      'Usage: mlx-openai-server launch [OPTIONS]',
      "Try 'mlx-openai-server launch --help' for help.",
      '',
      'Error: No such option: --frobnicate',
    ],
    'bad_option',
    '--frobnicate',
  ],
  [
    ["Error: Invalid value for '--tool-call-parser': 'wibble' is not one of 'functiongemma', 'gemma4', 'glm4_moe'."],
    'bad_option',
    'wibble',
  ],
  [failed('Model type frobnicate9 not supported.'), 'unsupported_model', 'frobnicate9'],
  [failed("Model type qwen3 not supported. Error: No module named 'mlx_vlm.models.qwen3'"), 'unsupported_model', 'qwen3'],
  [failed('No safetensors found in /models/noweights'), 'model_missing', 'weights'],
  [failed("[Errno 2] No such file or directory: '/models/noconfig/config.json'"), 'model_missing', 'config.json'],
  [failed(json), 'model_missing', 'JSON'],
  [failed(offsets), 'model_missing', 'cut off'],
  [failed(shape), 'model_missing', 'Expected shape'],
  [failed(noFolder), 'model_missing', 'no such folder'],
  [
    [
      "Error: Image generation and editing require the `mflux` package. Install it with `pip install mflux==0.17.0`. Optional import failed: No module named 'mflux'",
    ],
    'package_missing',
    'mflux',
  ],
  [failed("module 'custom_model' has no attribute 'Model'"), 'crashed', 'custom_model'],
] as const)('mlx-openai-server: %j', (lines, kind, word) => {
  const failure = mlxOpenaiServer.explainFailure(lines);
  expect(failure?.kind).toBe(kind);
  expect(failure?.message).toContain(word);
  expect(failure?.message).not.toContain(E);
});

test.each([
  [
    "Failed to pre-load embedding model '/models/cut': Failed to load embedding model: [load_safetensors] Tensor 'x' invalid data offsets (1, 2) exceeding the size of the file. Perhaps an incomplete download or corrupt file?. Continuing without it.",
    'model_missing',
    'cut off',
  ],
  ["Failed to pre-load embedding model '/m': Failed to load embedding model: no pooling. Continuing without it.", 'crashed', 'no pooling'],
  ['ERROR:    Application startup failed. Exiting.', 'crashed', 'could not load the model'],
] as const)('mlx-vlm: %j', (line, kind, word) => {
  expect(mlxVlm.explainFailure([`2026-11-21 16:53:20,379 - ERROR - ${line}`])).toMatchObject({
    kind,
    message: expect.stringContaining(word) as string,
  });
});

test('vllm-mlx: a start that failed for no other reason', () => {
  expect(vllmMlx.explainFailure(['RuntimeError: odd', 'ERROR:    Application startup failed. Exiting.'])).toMatchObject({
    kind: 'crashed',
  });
  const cut = "RuntimeError: [load_safetensors] Tensor 'model.embed_tokens.weight' invalid data offsets (1017472, 2066048)";
  expect(vllmMlx.explainFailure([cut, 'ERROR:    Application startup failed. Exiting.'])).toMatchObject({ kind: 'model_missing' });
});

test('lines of a healthy run are no failure', () => {
  const lm = [
    'UserWarning: mlx_lm.server is not recommended for production as it only implements basic security checks.',
    '2026-11-21 13:28:08,518 - INFO - Starting httpd at 127.0.0.1 on port 10240...',
    '2026-11-21 13:28:09,000 - INFO - Prompt Cache: 1 sequences, 0.00 GB',
    '127.0.0.1 - - [21/Nov/2026 13:28:09] "POST /v1/chat/completions HTTP/1.1" 200 -',
  ];
  const server = [
    'INFO:     Application startup complete.',
    'INFO:     Uvicorn running on http://127.0.0.1:10240 (Press CTRL+C to quit)',
    coloured("Handler process for 'tiny' is ready"),
  ];
  expect(mlxLm.explainFailure(lm)).toBeNull();
  expect(mlxOpenaiServer.explainFailure(server)).toBeNull();
  expect(mlxLm.explainFailure([])).toBeNull();
  expect([mlxVlm, vllmMlx].map((adapter) => adapter.explainFailure(server))).toEqual([null, null]);
});
