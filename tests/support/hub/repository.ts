/** A repository of the stand-in hub: commits, and the API's fields about it. */
import { createHash } from 'node:crypto';
import { folderFiles, storeFile, type StoredFile } from './content.js';
import type { FileContent, ModelSpec } from './types.js';

const WEIGHTS = /\.(?:safetensors|gguf|npz|bin|pth|onnx)$/;

export class Repository {
  readonly id: string;
  readonly gated: false | 'auto' | 'manual';
  readonly private: boolean;
  readonly claims: Readonly<Record<string, number>>;
  readonly commits = new Map<string, ReadonlyMap<string, StoredFile>>();
  readonly refs = new Map<string, string>();
  readonly #spec: ModelSpec;

  constructor(spec: ModelSpec) {
    this.id = spec.id;
    this.gated = spec.gated ?? false;
    this.private = spec.private ?? false;
    this.claims = spec.claims ?? {};
    this.#spec = spec;
    this.push({ ...(spec.folder === undefined ? {} : folderFiles(spec.folder)), ...spec.files });
  }

  get head(): string {
    return this.refs.get('main') as string;
  }

  /** Commits content on top of `main`. */
  push(files: Readonly<Record<string, FileContent>>): string {
    const isLfs = this.#spec.isLfs ?? ((path: string, size: number): boolean => WEIGHTS.test(path) || size > 1e6);
    const tree = new Map(this.refs.has('main') ? this.commits.get(this.head) : []);
    for (const [path, content] of Object.entries(files)) {
      const size = typeof content === 'object' && 'seed' in content ? content.size : Buffer.byteLength(content);
      tree.set(path, storeFile(path, content, isLfs(path, size)));
    }
    const commit = createHash('sha1')
      .update(this.id)
      .update(JSON.stringify([...tree.values()].map((file) => [file.path, file.oid])))
      .digest('hex');
    this.commits.set(commit, tree);
    this.refs.set('main', commit);
    return commit;
  }

  /** The commit a branch or a (full) commit hash names. */
  resolve(revision: string): string | null {
    return this.refs.get(revision) ?? (revision === 'HEAD' ? this.head : this.commits.has(revision) ? revision : null);
  }

  /** Everything `expand` may name, as the hub would show it at that commit. */
  fields(commit: string = this.head): Record<string, unknown> {
    const files = [...(this.commits.get(commit) ?? new Map<string, StoredFile>()).values()] as StoredFile[];
    const json = (path: string): Record<string, unknown> | null => {
      const file = files.find((candidate) => candidate.path === path);
      return file === undefined ? null : (JSON.parse(file.read(0, file.size).toString('utf8')) as Record<string, unknown>);
    };
    const config = json('config.json');
    const tokenizer = json('tokenizer_config.json');
    const template = files.find((file) => file.path === 'chat_template.jinja');
    return {
      author: this.id.split('/')[0],
      downloads: 0,
      likes: 0,
      trendingScore: 0,
      lastModified: '2026-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      private: this.private,
      gated: this.gated,
      pipeline_tag: 'text-generation',
      library_name: 'mlx',
      tags: ['mlx', 'safetensors', 'text-generation', ...(typeof config?.model_type === 'string' ? [config.model_type] : [])],
      sha: commit,
      siblings: files.map((file) => ({ rfilename: file.path })),
      usedStorage: files.reduce((sum, file) => sum + (file.sha256 === null ? 0 : file.size), 0),
      safetensors: parameterCounts(files),
      // The hub's extract: a few fields of config.json, and the chat template of the tokenizer.
      ...(config === null
        ? {}
        : {
            config: {
              ...Object.fromEntries(
                ['architectures', 'model_type', 'quantization_config'].flatMap((key) => (key in config ? [[key, config[key]]] : [])),
              ),
              ...(tokenizer === null ? {} : { tokenizer_config: { chat_template: tokenizer.chat_template } }),
              ...(template === undefined ? {} : { chat_template_jinja: template.read(0, template.size).toString('utf8') }),
            },
          }),
      ...this.#spec.info,
    };
  }
}

/** Parameters by data type, from the headers of the weights. Source: the safetensors format (8 bytes of length, then JSON). */
function parameterCounts(files: readonly StoredFile[]): { parameters: Record<string, number>; total: number } | undefined {
  const parameters: Record<string, number> = {};
  for (const file of files.filter((candidate) => candidate.path.endsWith('.safetensors') && candidate.size > 8)) {
    const length = Number(file.read(0, 8).readBigUInt64LE(0));
    if (length > file.size - 8) return undefined; // seeded bytes, not weights
    const header = JSON.parse(file.read(8, length).toString('utf8')) as Record<string, { dtype?: string; shape?: number[] }>;
    for (const { dtype, shape } of Object.values(header)) {
      if (dtype === undefined || shape === undefined) continue;
      parameters[dtype] = (parameters[dtype] ?? 0) + shape.reduce((product, size) => product * size, 1);
    }
  }
  const total = Object.values(parameters).reduce((sum, count) => sum + count, 0);
  return total === 0 ? undefined : { parameters, total };
}
