/** How one client is connected: its steps, the key where one is needed, and a test as it would ask. */
import { useRef, useState, type ReactNode } from 'react';
import ExternalLink from 'lucide-react/icons/external-link';
import KeyRound from 'lucide-react/icons/key-round';
import Zap from 'lucide-react/icons/zap';
import { Link } from 'wouter';
import type { ConnectTarget, Guide, Profile } from '@mlx-manager/shared';
import { Button, Card, CodeBlock, CopyButton, PageBody } from '../../kit/index.js';
import { duration } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { PATHS, protocolOf, testConnection, type TestResult } from './test-connection.js';

export interface GuideViewProps {
  guide: Guide;
  target: ConnectTarget;
  profile: Profile;
  onKey: (secret: string) => void;
  basics: ReactNode;
  /** Host that other machines ask; null for clients on this one. */
  shared: string | null;
}

export function GuideView({ guide, target, profile, onKey, basics, shared }: GuideViewProps) {
  const { name, summary, url, steps, file } = guide;
  return (
    <PageBody label={name}>
      <div className="flex max-w-3xl flex-col gap-5">
        <header className="flex items-start justify-between gap-4">
          <div className="min-w-0">
            <h2 className="text-xl font-semibold">{name}</h2>
            <p className="text-muted">{summary}</p>
          </div>
          <a href={url} target="_blank" rel="noreferrer" className="mt-1 inline-flex shrink-0 items-center gap-1">
            Its documentation
            <ExternalLink aria-hidden className="size-3.5" />
          </a>
        </header>
        {target.keyRequired && <Key guide={guide} target={target} onKey={onKey} />}
        <Test guide={guide} target={target} profile={profile} shared={shared} />
        <ol className="flex flex-col gap-4">
          {steps.map((step, i) => (
            <li key={step.title}>
              <h3 className="mb-1 font-semibold">{steps.length > 1 ? `${i + 1}. ${step.title}` : step.title}</h3>
              {step.text !== undefined && <p className="mb-2 wrap-anywhere">{step.text}</p>}
              {step.code !== undefined && <CodeBlock code={step.code.trimEnd()} label={step.title} />}
            </li>
          ))}
        </ol>
        {file && (
          <p className="text-sm text-muted">
            Its settings are in <code className="text-text">{file.path}</code>. {file.purpose} The Raycast extension can write them there
            for you.
          </p>
        )}
        <section aria-label="For any other client">
          <h3 className="mb-2 font-semibold">For any other client</h3>
          {basics}
        </section>
      </div>
    </PageBody>
  );
}

function Key({ guide, target, onKey }: { guide: Guide; target: ConnectTarget; onKey: (secret: string) => void }) {
  const create = useAction((client) => client.createKey({ body: { name: guide.name } }), { done: ({ secret }) => onKey(secret) });
  return (
    <Card className="flex flex-wrap items-center gap-3 bg-warn-soft">
      <KeyRound aria-hidden className="size-4 text-warn" />
      {target.key === undefined ? (
        <p className="min-w-0 flex-1">
          <span className="font-medium">A key is needed.</span> One that is made here is put in place of the placeholder below.
        </p>
      ) : (
        <p role="status" className="min-w-0 flex-1">
          <span className="font-medium">The key is in the settings below.</span> It is told this once: copy it now.{' '}
          <code className="wrap-anywhere">{target.key}</code>
        </p>
      )}
      {target.key !== undefined && <CopyButton words text={target.key} label="Copy Key" size="md" />}
      <Button variant={target.key === undefined ? 'primary' : 'plain'} pending={create.pending} onClick={() => void create.run()}>
        {target.key === undefined ? 'Create API Key' : 'Create Another'}
      </Button>
      <Link href="/settings/keys" className="text-sm">
        All keys
      </Link>
    </Card>
  );
}

type Outcome = { kind: 'asking' } | { kind: 'answered'; result: TestResult } | { kind: 'failed'; words: string } | null;

/** One token, asked as the client would. A model that is not loaded is loaded for it. */
function Test({ guide, target, profile, shared }: Pick<GuideViewProps, 'guide' | 'target' | 'profile' | 'shared'>) {
  const [outcome, setOutcome] = useState<Outcome>(null);
  const asking = useRef<AbortController | null>(null);
  const protocol = protocolOf(guide.id);
  const path = profile.modelType === 'embeddings' ? '/v1/embeddings' : PATHS[protocol];
  const run = async (): Promise<void> => {
    const left = new AbortController();
    asking.current = left;
    setOutcome({ kind: 'asking' });
    try {
      setOutcome({
        kind: 'answered',
        result: await testConnection(protocol, { key: target.key, model: target.model, kind: profile.modelType }, left.signal),
      });
    } catch (error) {
      setOutcome(left.signal.aborted ? null : { kind: 'failed', words: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Card className="flex flex-wrap items-center gap-3">
      <Button icon={<Zap aria-hidden />} pending={outcome?.kind === 'asking'} onClick={() => void run()}>
        Test Connection
      </Button>
      {outcome?.kind === 'asking' && (
        <Button variant="ghost" onClick={() => asking.current?.abort()}>
          Cancel
        </Button>
      )}
      <p role="status" className="min-w-0 flex-1 wrap-anywhere">
        {outcome === null && (
          <span className="text-muted">
            Asks {profile.name} for one token by <code>{path}</code>
            {guide.id === 'raycast-ai' && ', the gateway behind Ollama’s listener'}.
          </span>
        )}
        {outcome?.kind === 'asking' && <span className="text-muted">Asking {profile.name}… A model that is not loaded is loaded now.</span>}
        {outcome?.kind === 'answered' && (
          <>
            <span className="font-medium text-good">{profile.name} answers</span>
            {outcome.result.said !== '' && <> “{outcome.result.said}”</>} after {duration(outcome.result.ms / 1000)}.
          </>
        )}
        {shared !== null && (outcome === null || outcome.kind === 'answered') && (
          <span className="text-muted">
            {' '}
            It is asked from this Mac: that {shared} can be reached from another machine, with its key, is to be seen there.
          </span>
        )}
        {outcome?.kind === 'failed' && (
          <>
            <span className="font-medium text-bad">{profile.name} does not answer.</span> {outcome.words}
          </>
        )}
      </p>
    </Card>
  );
}
