import fc from 'fast-check';
import { dump, load } from 'js-yaml';
import { parse as parseToml, stringify } from 'smol-toml';
import { mergeConfig } from './files.js';
import { connectGuides } from './index.js';
import type { ConfigFile, ConnectTarget } from './types.js';
import { newFileText } from './values.js';

const target: ConnectTarget = {
  origin: 'http://127.0.0.1:10239',
  keyRequired: true,
  key: 'mlxm_secret',
  model: 'qwen/coder:1',
  models: ['qwen/coder:1', 'My Writer'],
  contextLength: 65_536,
};
const fileOf = (id: string, changes: Partial<ConnectTarget> = {}): ConfigFile =>
  connectGuides({ ...target, ...changes }).find((guide) => guide.id === id)!.file!;
const files = connectGuides(target).flatMap((guide) => (guide.file ? [guide.file] : []));
/** JSONC as JSON. */
const stripped = (text: string): string => text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=\s*[}\]])/g, '$1');
const parse = (file: ConfigFile, text: string): unknown =>
  file.language === 'toml' ? parseToml(text) : file.language === 'yaml' ? load(text) : (JSON.parse(stripped(text)) as unknown);

test.each(files)('$path: a new file holds what the guide says, and is not changed again', (file) => {
  const text = mergeConfig(file, null);
  expect(text).toBe(newFileText(file));
  expect(mergeConfig(file, text)).toBe(text);
  expect(mergeConfig(file, '\n')).toBe(text);
  for (const edit of file.edits) {
    const at = edit.path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], parse(file, text));
    if ('entry' in edit) expect(at).toContainEqual(edit.entry);
    else expect(at).toEqual(edit.value);
  }
});

test('JSON with remarks: what is there stays word for word', () => {
  const zed = `// My settings
{
    "theme": "One Dark", // dark
    "agent": {
        "default_model": { "provider": "zed.dev", "model": "claude" }, /* old */
        "play_sound": true,
    },
    // Providers
    "language_models": {
        "openai_compatible": {
            "Other": { "api_url": "https://x/v1", "available_models": [] },
            "MLX Manager": {
                "api_url": "http://old/v1",
                "available_models": [
                    { "name": "My Writer", "max_tokens": 5, "capabilities": { "tools": false } } // mine
                ]
            }
        }
    },
}
`;
  const merged = mergeConfig(fileOf('zed'), zed);
  expect(merged).toBe(`// My settings
{
    "theme": "One Dark", // dark
    "agent": {
        "default_model": { "provider": "MLX Manager", "model": "qwen/coder:1" }, /* old */
        "play_sound": true,
    },
    // Providers
    "language_models": {
        "openai_compatible": {
            "Other": { "api_url": "https://x/v1", "available_models": [] },
            "MLX Manager": {
                "api_url": "http://127.0.0.1:10239/v1",
                "available_models": [
                    { "name": "My Writer", "max_tokens": 65536, "capabilities": { "tools": false }, "display_name": "My Writer" }, // mine
                    {
                        "name": "qwen/coder:1",
                        "display_name": "qwen/coder:1",
                        "max_tokens": 65536
                    }
                ]
            }
        }
    },
}
`);
  expect(mergeConfig(fileOf('zed'), merged)).toBe(merged);
});

test.each([
  ['{}', '{\n  "env": {\n    "A": "1"\n  }\n}'],
  ['{"a":1}', '{"a":1, "env": { "A": "1" }}'],
  ['{\n\t"a": 1 // x\n}\n', '{\n\t"a": 1, // x\n\t"env": {\n\t\t"A": "1"\n\t}\n}\n'],
  ['{\n  "env": {}\n}', '{\n  "env": {\n    "A": "1"\n  }\n}'],
  ['{\n  "env": null\n}', '{\n  "env": {\n    "A": "1"\n  }\n}'],
  ['{\r\n  "a": [],\r\n}', '{\r\n  "a": [],\r\n  "env": {\r\n    "A": "1"\r\n  },\r\n}'],
  ['\ufeff{ /* x */ }', '\ufeff{\n  "env": {\n    "A": "1"\n  }\n /* x */ }'],
  ['// only a remark\n', '// only a remark\n{\n  "env": {\n    "A": "1"\n  }\n}\n'],
])('JSON: %j', (before, after) => {
  const file: ConfigFile = { path: '~/x', language: 'json', purpose: '', edits: [{ path: ['env'], value: { A: '1' } }] };
  expect(mergeConfig(file, before)).toBe(after);
  expect(mergeConfig(file, after)).toBe(after);
});

test('TOML: root values stand above the sections, ours is added to what is there', () => {
  const before = `# Codex
model = "gpt-6" # big
approval_policy = "on-request"

[features]
search = true   # yes

[model_providers.other]
name = "Other"
headers = { a = "b" } # inline

# About servers
[[rules]]
paths = [
  "a", # ] not the end
]

[mcp_servers."x.y"]
command = '''
[model_providers.mlx-manager]
'''
`;
  const merged = mergeConfig(fileOf('codex'), before);
  expect(merged).toBe(
    before
      .replace('"gpt-6"', '"qwen/coder:1"')
      .replace('"on-request"\n', '"on-request"\nmodel_provider = "mlx-manager"\nmodel_context_window = 65536\n') +
      '\n[model_providers.mlx-manager]\nname = "MLX Manager"\nbase_url = "http://127.0.0.1:10239/v1"\nwire_api = "responses"\nenv_key = "MLX_MANAGER_API_KEY"\n',
  );
  expect(mergeConfig(fileOf('codex'), merged)).toBe(merged);
  const other = mergeConfig(fileOf('codex', { model: 'b', origin: 'http://10.0.0.2:1' }), merged);
  expect(other).toBe(merged.replace('"qwen/coder:1"', '"b"').replace('127.0.0.1:10239', '10.0.0.2:1'));
});

test.each([
  ['[model_providers]\n', '[model_providers.p]\na = "1"\n'],
  ['model_providers = { x = { a = 1 } } # r', 'model_providers = { x = { a = 1 }, p = { a = "1" } } # r'],
  ['[model_providers]\nx.a = 1\np = {b = 2}', '[model_providers]\nx.a = 1\np = {b = 2, a = "1" }'],
  ['[model_providers.p] # r\n\n[z]\n', '[model_providers.p] # r\na = "1"\n\n[z]\n'],
  ['model_providers.p.b = 2', 'model_providers.p.b = 2'],
  ['[z]\r\nb = 9223372036854775807', '[z]\r\nb = 9223372036854775807\r\n\r\n[model_providers.p]\r\na = "1"\r\n'],
])('TOML: %j', (before, after) => {
  const file: ConfigFile = { path: '~/x', language: 'toml', purpose: '', edits: [{ path: ['model_providers', 'p'], value: { a: '1' } }] };
  let merged: string;
  try {
    merged = mergeConfig(file, before);
  } catch (error) {
    // What cannot be added to without rewriting is left.
    expect(error).toMatchObject({ code: 'CONNECT_FILE_UNREADABLE' });
    expect(after).toBe(before);
    return;
  }
  expect(merged).toContain(after);
  expect(mergeConfig(file, merged)).toBe(merged);
});

test('YAML: values and list entries are set where they stand', () => {
  const aider = `# aider
model: gpt-6   # best
dark-mode: true

openai-api-key: 'old''s'
lint-cmd:
  - "python: flake8"
`;
  expect(mergeConfig(fileOf('aider'), aider)).toBe(`# aider
model: openai/qwen/coder:1   # best
dark-mode: true

openai-api-key: mlxm_secret
lint-cmd:
  - "python: flake8"
openai-api-base: http://127.0.0.1:10239/v1
`);
  const before = `name: Mine
version: 0.0.1
schema: v1
models:
- name: Claude # first
  provider: anthropic
  model: claude
- provider: openai
  name: MLX Manager qwen/coder:1
  model: old
  capabilities: [tool_use]
  roles:
    - chat
    - rerank # why

# Rules
rules:
  - |
    Be brief.
    - name: no
`;
  const merged = mergeConfig(fileOf('continue'), before);
  expect(merged).toBe(`name: Mine
version: 0.0.1
schema: v1
models:
- name: Claude # first
  provider: anthropic
  model: claude
- provider: openai
  name: MLX Manager qwen/coder:1
  model: qwen/coder:1
  capabilities: [tool_use]
  roles: [chat, edit, apply]
  apiBase: http://127.0.0.1:10239/v1
  apiKey: mlxm_secret
  defaultCompletionOptions:
    contextLength: 65536

# Rules
rules:
  - |
    Be brief.
    - name: no
`);
  expect(mergeConfig(fileOf('continue'), merged)).toBe(merged);
  for (const models of ['models: []', 'models:', 'models: # none', '']) {
    const text = mergeConfig(fileOf('continue'), `name: Mine\nschema: v1\n${models}\nrules: [a]\n`);
    expect(load(text)).toMatchObject({ name: 'Mine', rules: ['a'], models: [{ name: 'MLX Manager qwen/coder:1' }] });
  }
});

test.each([
  ['claude-code', '{\n  "env": {\n    "A": "1"\n    "B": 2\n  }\n}', 'line 4: "," or "}" is expected'],
  ['claude-code', '{ "env": { "A": "\\x" } }', 'line 1'],
  ['claude-code', '{} {}', 'line 1: there is more after the end'],
  ['claude-code', '["a"]', 'the file is not an object'],
  ['claude-code', '{ "env": "A=1" }', 'env is not an object'],
  ['opencode', '{ "a": 1', 'line 1'],
  [
    'zed',
    '{ "language_models": { "openai_compatible": { "MLX Manager": { "available_models": {} } } } }',
    'available_models is not a list',
  ],
  ['codex', 'model = "a"\nmodel = "b"\n', 'line 2'],
  ['codex', '[model_providers]\nmlx-manager = "x"\n', 'model_providers.mlx-manager is not an object'],
  ['aider', 'model: a\n  b: c\n', 'line 2'],
  ['aider', '--- \na: 1\n--- \nb: 2\n', 'line'],
  ['aider', '{ model: a }\n', 'is written in a form'],
  ['continue', 'models: [{ name: a }]\n', 'is written in a form'],
  ['continue', 'models: { a: 1 }\n', 'models is not a list'],
])('%s: %j is left as it is: CONNECT_FILE_UNREADABLE', (id, text, reason) => {
  const merge = (): string => mergeConfig(fileOf(id), text);
  expect(merge).toThrow(
    expect.objectContaining({ code: 'CONNECT_FILE_UNREADABLE', message: expect.stringContaining(reason) as string }) as Error,
  );
  expect(merge).toThrow(fileOf(id).path);
});

/** Everything of `before` is in `after`, but for what the edits name. */
const kept = (before: unknown, after: unknown, path: string[], named: ReadonlySet<string>): void => {
  if (named.has(path.join('\0'))) return;
  if (typeof before !== 'object' || before === null) {
    if (before !== null) expect(after).toEqual(before);
    return;
  }
  for (const [key, value] of Object.entries(before)) kept(value, (after as Record<string, unknown>)[key], [...path, key], named);
};
const word = fc.stringMatching(/^[a-z]{1,4}$/);
const scalar = fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean());
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(word, tie('node'), { maxKeys: 4 })),
})).node;
const root = fc.dictionary(word, tree, { maxKeys: 5 });
const edits = fc.uniqueArray(fc.tuple(fc.array(word, { minLength: 1, maxLength: 3 }), scalar), {
  minLength: 1,
  maxLength: 3,
  selector: ([path]) => path[0],
});

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const writers = {
  jsonc: (value: object, space: number) =>
    JSON.stringify(value, null, space).replace(/\n/g, ' // it, "is": {\n').replace(/^\{/, '{ /* , } */'),
  json: (value: object, space: number) => JSON.stringify(value, null, space),
  toml: (value: object) => stringify(value).replace(/^(?=\[)/gm, '# it = [is]\n'),
  yaml: (value: object, indent: number) =>
    dump(value, { indent: Math.max(2, indent), noRefs: true }).replace(/^(?=[a-z]+:)/gm, '# it: is\n'),
} as const;

test.each(['jsonc', 'json', 'toml', 'yaml'] as const)('%s: everything else is kept, and merging twice is merging once', (language) => {
  let done = 0;
  const runs = 500;
  fc.assert(
    fc.property(root, edits, fc.constantFrom(0, 2, 4), (before, list, space) => {
      const text = writers[language](before, space);
      const file: ConfigFile = { path: '~/x', language, purpose: '', edits: list.map(([path, value]) => ({ path, value })) };
      let merged: string;
      try {
        merged = mergeConfig(file, text);
      } catch (error) {
        // Only where the way leads through a value that is no object, or a whole table would be put in place of a value.
        const blocked = list.some(
          ([path]) => path.some((_, i) => i > 0 && isPlainAt(before, path.slice(0, i))) || !isPlain(at(before, path)),
        );
        expect([String(error), blocked]).toEqual([expect.stringContaining('left as it is'), true]);
        return;
      }
      done++;
      const named = new Set(list.map(([path]) => path.join('\0')));
      const after = parse(file, merged);
      kept(parse(file, text) ?? {}, after, [], named);
      for (const [path, value] of list) expect(at(after, path)).toEqual(value);
      // Those inside of a value that was set went with it.
      const inside = list.some(([path]) => !isPlain(at(before, path)));
      for (const remark of inside ? [] : ['// it, "is": {', '# it = [is]', '# it: is'])
        expect(merged.split(remark).length).toBe(text.split(remark).length);
      expect(mergeConfig(file, merged)).toBe(merged);
    }),
    { numRuns: runs },
  );
  expect(done).toBeGreaterThan(runs / 2);
});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isPlain(inner) ? undefined : (inner as Record<string, unknown>)[key]), value);
}
function isPlainAt(value: unknown, path: readonly string[]): boolean {
  const there = at(value, path);
  return there !== undefined && (isPlain(there) || Array.isArray(there));
}
