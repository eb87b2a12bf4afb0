/** A provider as it is typed, and as the agent takes it. Pure. */
import {
  problemsOf,
  providerCreate,
  type Provider,
  type ProviderCreate,
  type ProviderProtocol,
  type ProviderUpdate,
} from '@mlx-manager/shared';
import { atFields, type Problems } from '../editing/use-form.js';

export interface HeaderDraft {
  readonly name: string;
  readonly value: string;
}
export interface ProviderDraft {
  name: string;
  protocol: ProviderProtocol;
  baseUrl: string;
  /** Empty leaves the key that is kept, or there is none. */
  key: string;
  models: readonly string[];
  headers: readonly HeaderDraft[];
}

/** @param provider null for a new one. */
export const draftOf = (provider: Provider | null): ProviderDraft => ({
  name: provider?.name ?? '',
  protocol: provider?.protocol ?? 'openai',
  baseUrl: provider?.baseUrl ?? '',
  key: '',
  models: provider?.models ?? [],
  headers: Object.entries(provider?.headers ?? {}).map(([name, value]) => ({ name, value })),
});

const filled = ({ name, value }: HeaderDraft): boolean => name.trim() !== '' || value.trim() !== '';

export function bodyOf({ name, protocol, baseUrl, key, models, headers }: ProviderDraft): ProviderCreate {
  return {
    name: name.trim(),
    protocol,
    baseUrl: baseUrl.trim(),
    models: [...models],
    headers: Object.fromEntries(headers.filter(filled).map((one) => [one.name.trim(), one.value.trim()])),
    ...(key.trim() !== '' && { key: key.trim() }),
  };
}

export function problemsOfProvider(draft: ProviderDraft): Problems<ProviderDraft> {
  const names = draft.headers.filter(filled).map(({ name }) => name.trim().toLowerCase());
  const problems = problemsOf(providerCreate, bodyOf(draft)).map(({ path, problem }) => {
    // Which one of several it is.
    const [field, entry] = path;
    return { path, problem: entry === undefined || field === 'key' ? problem : `${namedEntry(draft, field, entry)}: ${problem}` };
  });
  return {
    ...(draft.baseUrl.trim() === '' && { baseUrl: 'Must be filled in.' }),
    ...(new Set(names).size < names.length && { headers: 'Two headers have the same name.' }),
    ...(names.includes('') && { headers: 'A header needs a name.' }),
    ...atFields<ProviderDraft>(draft, draft.baseUrl.trim() === '' ? problems.filter(({ path }) => path[0] !== 'baseUrl') : problems),
  };
}

function namedEntry(draft: ProviderDraft, field: string | number | undefined, entry: string | number): string {
  if (field === 'models') return draft.models[Number(entry)] ?? String(entry);
  // Its name was taken for one of a schema's own.
  return draft.headers.map(({ name }) => name.trim()).find((name) => name.toLowerCase() === String(entry).toLowerCase()) ?? String(entry);
}

/** Only what is not as it was. */
export function changesOf(provider: Provider, body: ProviderCreate): Partial<ProviderUpdate> {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => name === 'key' || JSON.stringify(value) !== JSON.stringify(provider[name as keyof Omit<ProviderCreate, 'key'>]),
    ),
  );
}

/** Whether the key that is kept would be forgotten: it belongs to the host it was given for. */
export const losesKey = (provider: Provider, draft: Pick<ProviderDraft, 'baseUrl' | 'key'>): boolean =>
  provider.keySet && draft.key.trim() === '' && URL.parse(draft.baseUrl.trim())?.origin !== URL.parse(provider.baseUrl)?.origin;
