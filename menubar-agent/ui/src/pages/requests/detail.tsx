/** One request beside the list: its time, its figures, and what was said where that was kept. */
import X from 'lucide-react/icons/x';
import { Link } from 'wouter';
import type { RequestCapture, RequestDetail, RequestRecord } from '@mlx-manager/shared';
import { Await, Badge, CodeBlock, Facts, IconButton, type Fact } from '../../kit/index.js';
import { dateTime, tokensPerSecond } from '../../lib/format.js';
import { useApi } from '../../lib/query.js';
import { TimingBar, TimingLegend } from './timing.js';
import { ms, OUTCOME_WORDS } from './trace.js';

export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  // A request that has ended never changes.
  const detail = useApi<RequestDetail>(['request', id], (client, signal) => client.getRequest({ params: { id }, signal }));
  return (
    <aside
      aria-label="Request"
      className="flex w-[380px] shrink-0 flex-col border-l border-line bg-surface max-md:absolute max-md:inset-0 max-md:z-10 max-md:w-full"
    >
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="flex-1 font-semibold">Request</h2>
        <IconButton size="sm" label="Close request" icon={<X />} onClick={onClose} />
      </header>
      <div
        role="region"
        aria-label="What is known of the request"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3 outline-offset-[-2px]"
      >
        <Await of={detail}>
          {({ request, capture }) => (
            <>
              <TimingBar request={request} className="mb-2" />
              <TimingLegend request={request} />
              <div className="mt-4">
                <Facts facts={factsOf(request)} />
              </div>
              <Capture capture={capture} />
            </>
          )}
        </Await>
      </div>
    </aside>
  );
}

function factsOf(request: RequestRecord): Fact[] {
  const { label, tone } = OUTCOME_WORDS[request.outcome];
  const only = (name: string, value: string | number | null, more: Partial<Fact> = {}): Fact[] =>
    value === null ? [] : [{ name, value: String(value), ...more }];
  return [
    {
      name: 'Outcome',
      value: (
        <Badge tone={tone}>
          {label} · {request.status}
        </Badge>
      ),
    },
    ...only('Error', request.errorCode, { mono: true }),
    { name: 'Began', value: dateTime(request.startedAt) },
    { name: 'Length', value: ms(request.totalMs) },
    ...only('First Token', request.firstTokenMs === null ? null : ms(request.firstTokenMs)),
    ...only('Speed', request.tokensPerSecond === null ? null : tokensPerSecond(request.tokensPerSecond)),
    ...only('Prompt', tokens(request.promptTokens, request.counted)),
    ...only('From Cache', tokens(request.cachedTokens)),
    ...only('Answer', tokens(request.completionTokens, request.counted)),
    ...only('Thinking', tokens(request.reasoningTokens)),
    ...only('Finished By', request.finishReason),
    { name: 'Asked For', value: request.model, mono: true },
    ...only('Profile', request.profileName),
    ...only('Model', request.modelPath, { mono: true }),
    ...only('Engine', request.engine),
    ...only('Provider', request.provider),
    ...only('Rule', request.rule),
    { name: 'Protocol', value: `${request.protocol}${request.stream ? ', streamed' : ''}` },
    { name: 'Endpoint', value: request.endpoint, mono: true },
    ...only('Key', request.keyName),
    ...only('Client', request.client),
    { name: 'Priority', value: request.priority },
    { name: 'ID', value: request.id, copy: request.id, mono: true },
  ];
}

const tokens = (value: number | null, counted = false): string | null =>
  value === null ? null : `${value} tokens${counted ? ' (counted by the agent)' : ''}`;

function Capture({ capture }: { capture: RequestCapture | null }) {
  if (capture === null) {
    return (
      <p className="mt-4 text-sm text-muted">
        Prompt and answer were not kept. <Link href="/settings/logs?at=captureRequests">Settings</Link> can keep them for seven days.
      </p>
    );
  }
  return (
    <div className="mt-4 flex flex-col gap-3">
      {capture.errorMessage !== null && <CodeBlock code={capture.errorMessage} label="error" wrap />}
      <Said title="Prompt" text={pretty(capture.prompt)} />
      {capture.reasoning !== null && <Said title="Thinking" text={capture.reasoning} />}
      {capture.answer !== null && <Said title="Answer" text={capture.answer} />}
      {capture.truncated && <p className="text-sm text-muted">Long texts were cut.</p>}
    </div>
  );
}

function Said({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <CodeBlock code={text} label={title.toLowerCase()} wrap className="max-h-80 overflow-y-auto" />
    </div>
  );
}

/** JSON with line breaks; a text that was cut stays as it is. */
function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
