/** A model's own page: what it is, what it would need, its card, its files, and other quantizations of it. */
import { lazy, Suspense, type ReactNode } from 'react';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ExternalLink from 'lucide-react/icons/external-link';
import { Link } from 'wouter';
import type { AgentError, ModelDetail } from '@mlx-manager/shared';
import {
  Await,
  buttonClass,
  Card,
  cn,
  CopyButton,
  EmptyState,
  ErrorState,
  PageBody,
  PageHeader,
  Section,
  Skeleton,
} from '../../kit/index.js';
import { shortName } from '../../lib/bring-up.js';
import { bytes, count, dateTime, plural } from '../../lib/format.js';
import { useApi } from '../../lib/query.js';
import { useSettings, useSystemInfo } from '../../lib/resources.js';
import { usePageTitle } from '../../lib/title.js';
import { ModelActions, TaskActions } from './actions.js';
import { Badges, FitMeter } from './badges.js';
import { useHere } from './data.js';
import { HubProblem } from './discover.js';
import { MemorySection } from './memory-section.js';
import { TaskProgress } from './progress.js';
import { RevisionsMenu } from './revisions.js';
import {
  baseName,
  isFolder,
  kindOf,
  needsOf,
  ownerOf,
  pageOf,
  precisionOf,
  rowOfHub,
  siblingsOf,
  stateOf,
  taskOf,
  type Here,
  type ModelRow,
} from './rows.js';

const ModelCard = lazy(() => import('./card.js'));
const GIB = 2 ** 30;

export function ModelPage({ modelId }: { modelId: string }) {
  usePageTitle(shortName(modelId));
  const detail = useApi(['model', modelId], (client, signal) => client.getModel({ params: { modelId }, signal }), { topics: ['model'] });
  const { here } = useHere();
  const hubUrl = useHubUrl(modelId);
  const local = here?.models.find((model) => model.modelId === modelId) ?? null;
  const row: ModelRow | null = detail.data
    ? {
        ...rowOfHub(detail.data, { models: [] }),
        local,
        needsBytes: detail.data.memory?.totalBytes ?? null,
        hub: detail.data.origin === 'hub' ? detail.data : null,
      }
    : null;
  const state = row && here && stateOf(row, here);
  // Of another revision: the model itself is here all the same.
  const last = here && taskOf(modelId, here);
  const failed = state && !('task' in state) && last?.status === 'failed' ? last : null;
  return (
    <>
      <PageHeader
        title={shortName(modelId)}
        count={<span className="block max-w-64 truncate">{ownerOf(modelId)}</span>}
        below={
          row && (
            <div className="min-w-0 flex-1">
              <Badges row={row} />
              {state && 'task' in state && <TaskProgress task={state.task} />}
              {failed && (
                <div className="flex items-end gap-2">
                  <TaskProgress task={failed} />
                  <TaskActions task={failed} name={shortName(modelId)} size="sm" />
                </div>
              )}
            </div>
          )
        }
      >
        <Link href="/models" className={buttonClass('ghost')}>
          <ArrowLeft aria-hidden />
          All Models
        </Link>
        {hubUrl !== null && (
          <a href={hubUrl} target="_blank" rel="noreferrer" className={buttonClass()}>
            <ExternalLink aria-hidden />
            On the Hub
          </a>
        )}
        {row && here && <ModelActions row={row} here={here} size="md" />}
        {row && !isFolder(modelId) && <RevisionsMenu modelId={modelId} local={local} />}
      </PageHeader>
      <PageBody label={`About ${shortName(modelId)}`}>
        {detail.data === undefined && detail.error !== null ? (
          <Problem error={detail.error} retry={detail.refetch} />
        ) : (
          <Await of={detail} skeleton={<Skeleton rows={4} height={96} />}>
            {(data) => <Content data={data} here={here} hubUrl={hubUrl} />}
          </Await>
        )}
      </PageBody>
    </>
  );
}

function Problem({ error, retry }: { error: AgentError; retry: () => void }) {
  if (error.code !== 'MODEL_NOT_FOUND' && error.code !== 'MODEL_NOT_LOCAL') return <HubProblem error={error} retry={retry} />;
  return <ErrorState error={error} action={<Link href="/models">All Models</Link>} />;
}

function Content({ data, here, hubUrl }: { data: ModelDetail; here: Here | undefined; hubUrl: string | null }) {
  return (
    <div className="flex flex-col gap-x-6 lg:flex-row">
      <div className="min-w-0 flex-1">
        {data.gated && data.local === null && <Gated hubUrl={hubUrl} />}
        {data.origin === 'local' && !isFolder(data.modelId) && (
          <p role="status" className="mb-4 rounded-lg border border-line bg-sunken px-3 py-2 text-muted">
            The hub could not be asked: this is what the disk knows.
          </p>
        )}
        {data.memory && (
          <MemorySection memory={data.memory} characteristics={data.characteristics} names={[data.modelId, data.local?.localPath]} />
        )}
        <CardSection modelId={data.modelId} hubUrl={hubUrl} />
      </div>
      <div className="shrink-0 lg:w-72 xl:w-80">
        <Facts data={data} />
        {!isFolder(data.modelId) && <Siblings modelId={data.modelId} here={here} />}
        <Files data={data} />
      </div>
    </div>
  );
}

function Gated({ hubUrl }: { hubUrl: string | null }) {
  const tokenSet = useSettings().data?.hfTokenSet;
  return (
    <div role="note" className="mb-4 rounded-lg border border-line bg-warn-soft px-3 py-2 [&_a]:underline">
      <p className="font-medium text-warn">This model is gated.</p>
      <p>
        Its owner wants you to accept terms first
        {hubUrl !== null && (
          <>
            {' '}
            on <Outward href={hubUrl}>its page on the hub</Outward>
          </>
        )}
        . {tokenSet === false ? 'Then set a hub token of that account in the ' : 'The hub token must be of that account: see the '}
        <Link href="/settings/models?at=hfToken">settings</Link>.
      </p>
    </div>
  );
}

const Outward = ({ href, children }: { href: string; children: ReactNode }) => (
  <a href={href} target="_blank" rel="noreferrer">
    {children}
  </a>
);

function CardSection({ modelId, hubUrl }: { modelId: string; hubUrl: string | null }) {
  const card = useApi(['model', modelId, 'card'], (client, signal) => client.getModelCard({ params: { modelId }, signal }));
  return (
    <Section title="Model Card">
      <Card className="p-4">
        <Await of={card} skeleton={<Skeleton rows={6} height={16} />}>
          {({ markdown }) =>
            markdown === null || markdown === '' ? (
              <EmptyState title="It has no card">{hubUrl !== null && 'Its page on the hub may say more.'}</EmptyState>
            ) : (
              <Suspense fallback={<Skeleton rows={6} height={16} />}>
                <ModelCard markdown={markdown} hubUrl={hubUrl} />
              </Suspense>
            )
          }
        </Await>
      </Card>
    </Section>
  );
}

function Facts({ data }: { data: ModelDetail }) {
  const { characteristics: c, local } = data;
  const license = data.tags.find((tag) => tag.startsWith('license:'))?.slice(8);
  const quantization =
    c.quantization && `${precisionOf(c)}${c.quantization.groupSize === null ? '' : `, groups of ${c.quantization.groupSize}`}`;
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ['Made for', kindOf(c)],
    ['Architecture', c.architecture ?? c.architectureId],
    ['Parameters', c.parameters === null ? null : count(c.parameters)],
    ['Weights', quantization ?? precisionOf(c)],
    ['Longest context', c.contextWindow === null ? null : `${c.contextWindow.toLocaleString('en')} tokens`],
    ['Size', data.sizeBytes === null ? null : bytes(data.sizeBytes)],
    ['Tool calls', c.toolCallParser],
    ['Thinking', c.reasoningParser],
    ['License', license],
    ['Downloads', data.origin === 'hub' ? count(data.downloads) : null],
    ['Likes', data.origin === 'hub' ? count(data.likes) : null],
    ['Updated', data.lastModified && dateTime(data.lastModified)],
    ['Downloaded', local?.downloadedAt && dateTime(local.downloadedAt)],
    ['Revision', local?.revision?.slice(0, 12)],
  ];
  return (
    <Section title="Facts">
      <Card>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
          {rows.map(([name, value]) =>
            value === null || value === undefined || value === '' ? null : (
              <div key={name} className="contents">
                <dt className="text-muted">{name}</dt>
                <dd className="truncate text-right" title={value}>
                  {value}
                </dd>
              </div>
            ),
          )}
        </dl>
        {local && (
          <p className="mt-1 flex items-center gap-2">
            <span className="text-muted">Folder</span>
            <span className="min-w-0 flex-1 truncate text-right" title={local.localPath}>
              {local.localPath}
            </span>
            <CopyButton text={local.localPath} label="Copy the folder’s path" />
          </p>
        )}
      </Card>
    </Section>
  );
}

function Siblings({ modelId, here }: { modelId: string; here: Here | undefined }) {
  const base = baseName(modelId);
  const gib = useSystemInfo().data?.mlxRecommendedGb;
  const found = useApi(['models', 'named', base], (client, signal) => client.searchModels({ query: { query: base, limit: 50 }, signal }));
  const siblings = siblingsOf(modelId, found.data ?? []).slice(0, 12);
  if (siblings.length === 0) return null;
  return (
    <Section title="Other Quantizations">
      <ul className="flex flex-col gap-2">
        {siblings.map((one) => {
          const isHere = here?.models.some((model) => model.modelId === one.modelId && model.complete) ?? false;
          return (
            <li key={one.modelId}>
              <Card className="flex items-center gap-3 py-2">
                <div className="min-w-0 flex-1">
                  <Link href={pageOf(one.modelId)} title={one.modelId} className="block truncate font-medium">
                    {shortName(one.modelId)}
                  </Link>
                  <span className="block truncate text-sm text-muted">
                    {[precisionOf(one.characteristics), ownerOf(one.modelId), isHere ? 'here' : null].filter(Boolean).join(' · ')}
                  </span>
                </div>
                <FitMeter needs={needsOf(one)} budget={gib === undefined ? undefined : gib * GIB} className="w-28 shrink-0" />
              </Card>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

/** Drawn at most; the hub shows them all. */
const MOST_FILES = 200;

function Files({ data }: { data: ModelDetail }) {
  const { files } = data;
  if (files.length === 0) return null;
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return (
    <Section title="Files" hint={`${plural(files.length, 'file')}, ${bytes(total)}`}>
      <Card className="p-0">
        <ul aria-label="Files" className="divide-y divide-line">
          {files.slice(0, MOST_FILES).map(({ path, sizeBytes }) => (
            <li key={path} className={cn('flex justify-between gap-3 px-3 py-1.5')}>
              <span className="truncate" title={path}>
                {path}
              </span>
              <span className="shrink-0 text-muted">{bytes(sizeBytes)}</span>
            </li>
          ))}
          {files.length > MOST_FILES && <li className="px-3 py-1.5 text-muted">{files.length - MOST_FILES} more on the hub</li>}
        </ul>
      </Card>
    </Section>
  );
}

/** Its page on the hub; null for a folder. */
function useHubUrl(modelId: string): string | null {
  const endpoint = useSettings().data?.hfEndpoint ?? 'https://huggingface.co';
  return isFolder(modelId) ? null : `${endpoint.replace(/\/+$/, '')}/${modelId}`;
}
