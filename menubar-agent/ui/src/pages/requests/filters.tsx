/** The row of filters: words, outcome, profile, key, protocol, time. */
import { useEffect, useState } from 'react';
import { Button, Input, SearchInput, Select, type Option } from '../../kit/index.js';
import { useKeys, useProfiles } from '../../lib/resources.js';
import { NO_FILTERS, OUTCOME_WORDS, type Filters } from './trace.js';

/** Milliseconds of silence after which what was typed is asked for. */
const TYPING_MS = 200;
const OUTCOMES = [
  { value: null, label: 'Any outcome' },
  ...(['ok', 'error', 'refused', 'cancelled'] as const).map((value) => ({ value, label: OUTCOME_WORDS[value].label })),
];
const PROTOCOLS = [
  { value: null, label: 'Any protocol' },
  ...[
    ['openai', 'OpenAI'],
    ['responses', 'Responses'],
    ['anthropic', 'Anthropic'],
    ['ollama', 'Ollama'],
    ['internal', 'Chats'],
  ].map(([value = '', label = '']) => ({ value, label })),
];
const LENGTHS: Option<number | null>[] = [
  { value: null, label: 'Any length' },
  { value: 1000, label: '1 s and more' },
  { value: 10_000, label: '10 s and more' },
  { value: 60_000, label: '1 min and more' },
];
const TIMES: Option<number | null>[] = [
  { value: null, label: 'Any time' },
  { value: 1, label: 'Last hour' },
  { value: 24, label: 'Last day' },
  { value: 168, label: 'Last week' },
  { value: 0, label: 'From… to…' },
];
/** What the gateway answers with, by its number. */
const STATUSES: Option<number | null>[] = [
  { value: null, label: 'Any status' },
  ...[200, 400, 401, 403, 404, 409, 413, 422, 429, 499, 500, 502, 503, 504].map((value) => ({ value, label: String(value) })),
];

export function FilterRow({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const [typed, setTyped] = useState(filters.search);
  useEffect(() => setTyped(filters.search), [filters.search]);
  useEffect(() => {
    if (typed === filters.search) return undefined;
    const timer = setTimeout(() => onChange({ ...filters, search: typed }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, filters, onChange]);
  const profiles = useProfiles();
  const keys = useKeys();
  const set = (change: Partial<Filters>): void => onChange({ ...filters, ...change });
  const filtered = JSON.stringify(filters) !== JSON.stringify(NO_FILTERS);
  const named = (all: string, list: readonly { id: number; name: string }[] | undefined): Option<number | null>[] => [
    { value: null, label: all },
    ...(list ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <div className="flex w-full flex-wrap items-center gap-2">
      <SearchInput label="Search requests" value={typed} onValueChange={setTyped} className="min-w-44 basis-44" />
      <Select label="Outcome" value={filters.outcome} onValueChange={(outcome) => set({ outcome })} options={OUTCOMES} />
      <Select
        label="Profile"
        value={filters.profile}
        onValueChange={(profile) => set({ profile })}
        options={named('Any profile', profiles.data)}
        className="max-w-40"
      />
      {(keys.data?.length ?? 0) > 0 && (
        <Select
          label="Key"
          value={filters.key}
          onValueChange={(key) => set({ key })}
          options={named('Any key', keys.data)}
          className="max-w-40"
        />
      )}
      <Select label="Status" value={filters.status} onValueChange={(status) => set({ status })} options={STATUSES} />
      <Select label="Protocol" value={filters.protocol} onValueChange={(protocol) => set({ protocol })} options={PROTOCOLS} />
      <Select label="Length" value={filters.minMs} onValueChange={(minMs) => set({ minMs })} options={LENGTHS} />
      <Select label="Time" value={filters.hours} onValueChange={(hours) => set({ hours })} options={TIMES} />
      {filters.hours === 0 &&
        (['from', 'to'] as const).map((name) => (
          <Input
            key={name}
            type="datetime-local"
            aria-label={name === 'from' ? 'From' : 'To'}
            title={name === 'from' ? 'From' : 'To'}
            value={filters[name]}
            onValueChange={(value) => set({ [name]: value })}
            className="!w-48"
          />
        ))}
      {filtered && (
        <Button variant="ghost" onClick={() => onChange(NO_FILTERS)}>
          Clear Filters
        </Button>
      )}
    </div>
  );
}
