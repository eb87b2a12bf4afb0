/** Failures that several engines put into much the same words. Each rule was seen in a real log; see `failures.test.ts`. */
import type { ServerFailure } from '@mlx-manager/shared';

export type ExplainedFailure = Pick<ServerFailure, 'kind' | 'message' | 'action'>;

export interface FailureRule {
  readonly pattern: RegExp;
  /** Builds the words from the match. */
  readonly explain: (match: RegExpMatchArray) => ExplainedFailure;
}

// eslint-disable-next-line no-control-regex -- engines colour their logs even into files
const ansi = /\u001b\[[0-9;]*m/g;

/**
 * The first rule that fits any line, rules before lines: the most telling one wins over what follows from it.
 * @param lines newest last, as the engine wrote them.
 */
export function explainByRules(lines: readonly string[], rules: readonly FailureRule[]): ExplainedFailure | null {
  const plain = lines.map((line) => line.replace(ansi, ''));
  for (const rule of rules) {
    for (const line of plain.toReversed()) {
      const match = rule.pattern.exec(line);
      if (match) return rule.explain(match);
    }
  }
  return null;
}

const badOption = (detail: string): ExplainedFailure => ({
  kind: 'bad_option',
  message: `The engine does not accept an option: ${detail.trim()}`,
  action: 'Correct extra_args and the parsers in the profile, then start it again.',
});
const incomplete = (detail: string): ExplainedFailure => ({
  kind: 'model_missing',
  message: `The model folder is incomplete or damaged: ${detail.trim()}`,
  action: 'Download the model again; files that are whole are kept.',
});

/** In the order of preference. */
export const commonRules: readonly FailureRule[] = [
  {
    // argparse and click
    pattern: /error: ((?:unrecognized arguments|argument |ambiguous option|expected).*)/,
    explain: (match) => badOption(match[1] ?? ''),
  },
  { pattern: /^Error: ((?:No such option|Invalid value|Option |Got unexpected|Missing).*)/, explain: (match) => badOption(match[1] ?? '') },
  {
    // errno 48 on macOS, 98 on Linux; the last is uvicorn's wording
    pattern: /(?:OSError|error while attempting to bind).*\[?[Ee]rrno (?:48|98)\]?|[Aa]ddress already in use/,
    explain: () => ({
      kind: 'port_taken',
      message: 'Another program listens on the port of this server.',
      action: 'End that program, or give the profile another port.',
    }),
  },
  {
    // Metal: kIOGPUCommandBufferCallbackErrorOutOfMemory and [METAL] … Insufficient Memory; CPU: [malloc] Unable to allocate, bad_alloc
    pattern:
      /OutOfMemory|Insufficient Memory|\[(?:metal::)?malloc[^\]]*\]|std::bad_alloc|MemoryError|Cannot allocate memory|Unable to allocate/,
    explain: () => ({
      kind: 'out_of_memory',
      message: 'The model does not fit in memory.',
      action: 'Stop another server, lower context_length or max_concurrency, or take a smaller or more strongly quantized model.',
    }),
  },
  {
    pattern: /requires importing and running a custom module|trust_remote_code ?= ?True|contains custom code which must be executed/,
    explain: () => ({
      kind: 'unsupported_model',
      message: 'The model brings Python code of its own, which this profile does not allow to run.',
      action: 'If you trust its author, set trust_remote_code in the profile; else take another model.',
    }),
  },
  {
    pattern: /Model type ['"]?([\w.-]+)['"]? (?:is )?not supported/,
    explain: (match) => ({
      kind: 'unsupported_model',
      message: `The engine does not know models of the type ${match[1] ?? ''}.`,
      action: 'Upgrade the engine, choose another engine for the profile, or take another model.',
    }),
  },
  {
    pattern:
      /LocalEntryNotFoundError|OfflineModeIsEnabled|outgoing traffic has been disabled|Cannot reach .* offline mode|couldn't connect to .* to load/,
    explain: () => incomplete('the engine looked for files on the hub'),
  },
  {
    pattern: /GatedRepoError|401 Client Error|403 Client Error/,
    explain: () => incomplete('the engine tried the hub and was refused'),
  },
  {
    pattern: /No module named ['"](?!mlx_(?:lm|vlm|embeddings)\.models\.|(?:transformers_modules))([\w.]+)['"]/,
    explain: (match) => ({
      kind: 'package_missing',
      message: `The engine's environment lacks the Python package ${match[1] ?? ''}.`,
      action: 'Install the engine again; a model that needs a further package cannot run here.',
    }),
  },
  { pattern: /(No safetensors found.*)/, explain: () => incomplete('it holds no weights (*.safetensors)') },
  {
    pattern: /No such file or directory: '([^']*\/)?([^'/]+\.(?:json|safetensors|jinja|txt|model|npz))'/,
    explain: (match) => incomplete(`${match[2] ?? 'a file'} is missing`),
  },
  {
    pattern:
      /invalid data offsets|Perhaps an incomplete download or corrupt file|\[read\] Unable to read from file|\[load_safetensors\]|HeaderTooLarge|SafetensorError/,
    explain: () => incomplete('the weights are cut off or corrupt'),
  },
  {
    pattern: /JSONDecodeError|Expecting property name enclosed|Expecting value: line/,
    explain: () => incomplete('one of its JSON files cannot be read'),
  },
  {
    pattern: /(Expected shape .* but received shape .*|Missing \d+ parameters.*|Received \d+ parameters not in model.*)/,
    explain: (match) => incomplete(match[1] ?? ''),
  },
  { pattern: /HFValidationError|Repo id must be|Path .* does not exist/, explain: () => incomplete('there is no such folder') },
];
