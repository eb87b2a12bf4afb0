/** Connect: how each common client uses the models of this machine, with their settings ready to copy, and a test. */
import { useMemo, useState } from 'react';
import Plug from 'lucide-react/icons/plug';
import { Link, useLocation, useSearchParams } from 'wouter';
import { connectGuides, type AgentStatus, type Settings } from '@mlx-manager/shared';
import {
  Button,
  cn,
  CodeBlock,
  Combobox,
  EmptyState,
  ErrorState,
  PageHeader,
  SearchInput,
  Select,
  Skeleton,
  Split,
} from '../../kit/index.js';
import { useAgentStatus, useLocalModels, useProfiles, useServers, useSettings } from '../../lib/resources.js';
import { here } from '../../lib/here.js';
import { GuideView } from './guide.js';
import { firstProfile, modelNameOf, originOf, targetOf, type Known } from './target.js';

export default function Connect() {
  const agent = useAgentStatus();
  const settings = useSettings();
  const profiles = useProfiles();
  const models = useLocalModels();
  const all = [agent, settings, profiles, models];
  const failed = all.find((one) => one.error !== null && one.data === undefined);
  const known =
    settings.data && profiles.data && models.data ? { settings: settings.data, profiles: profiles.data, models: models.data } : null;
  if (known && agent.data) return known.profiles.length === 0 ? <NoProfile /> : <Clients known={known} agent={agent.data} />;
  return (
    <>
      <PageHeader title="Connect" />
      {failed?.error ? <ErrorState error={failed.error} retry={failed.refetch} /> : <Skeleton className="p-5" rows={5} />}
    </>
  );
}

function NoProfile() {
  return (
    <>
      <PageHeader title="Connect" />
      <EmptyState icon={<Plug />} title="Nothing to connect to yet" action={<Link href="/models">Find a Model</Link>}>
        A client is connected to a profile: a model with its settings. The first one comes with the first model that is used.
      </EmptyState>
    </>
  );
}

/** Names of this machine for itself. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

function Clients({ known, agent }: { known: Known; agent: AgentStatus }) {
  const { profiles, settings } = known;
  const [location, navigate] = useLocation();
  const servers = useServers().data ?? [];
  const [params] = useSearchParams();
  const [wanted, want] = useState<number | null>(() => Number(params.get('profile')) || null);
  const [shared, share] = useState<string>('');
  const [text, setText] = useState('');
  /** Who asks by an address of the network is asked for a key, from this Mac too. */
  const beyond = shared !== '' || !LOOPBACK.test(here().hostname);
  const [keys, setKeys] = useState<string | undefined>(undefined);
  const running = servers.filter(({ state }) => state === 'healthy').map(({ profileId }) => profileId);
  const profile = firstProfile(profiles, wanted ?? settings.defaultProfileId, running);
  const origin = shared === '' ? here().origin : originOf(shared);
  const target = useMemo(() => profile && targetOf(profile, known, origin, beyond, keys), [profile, known, origin, beyond, keys]);
  const guides = useMemo(() => (target ? connectGuides(target) : []), [target]);
  const found = guides.filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(text.trim().toLowerCase()));
  const id = location.split('/')[2];
  const guide = guides.find((one) => one.id === id) ?? found[0] ?? guides[0];
  if (!profile || !target) return <NoProfile />;
  return (
    <>
      <PageHeader title="Connect">
        {agent.sharedUrls.length > 0 && (
          <Select
            label="Address"
            className="w-56"
            value={shared}
            onValueChange={share}
            options={[
              { value: '', label: 'Clients on this Mac' },
              ...agent.sharedUrls.map((url) => ({ value: url, label: `Others, by ${new URL(url).host}` })),
            ]}
          />
        )}
        <Combobox
          label="Profile"
          className="w-64"
          value={profile.id}
          onValueChange={(next) => next !== null && want(next)}
          options={profiles.map((one) => ({ value: one.id, label: one.name, hint: one.modelPath }))}
        />
      </PageHeader>
      <Split
        label="Clients"
        width={232}
        side={
          <>
            <div className="p-2">
              <SearchInput value={text} onValueChange={setText} label="Search clients" />
            </div>
            <nav aria-label="Clients" className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
              <ul className="flex flex-col gap-0.5">
                {found.map((one) => (
                  <li key={one.id}>
                    <Link
                      href={`/connect/${one.id}`}
                      aria-current={one.id === guide?.id ? 'page' : undefined}
                      title={one.summary}
                      className={cn(
                        'flex h-8 items-center rounded-md px-2 text-text no-underline',
                        one.id === guide?.id ? 'bg-accent-soft font-medium text-accent' : 'hover:bg-hover',
                      )}
                    >
                      <span className="truncate">{one.name}</span>
                    </Link>
                  </li>
                ))}
              </ul>
              {found.length === 0 && guides.length > 0 && <p className="px-2 py-1 text-muted">No client is called so.</p>}
            </nav>
          </>
        }
      >
        {guide ? (
          <GuideView
            key={`${guide.id} ${profile.id}`}
            guide={guide}
            target={target}
            profile={profile}
            onKey={setKeys}
            basics={<Basics origin={origin} model={modelNameOf(profile)} settings={settings} beyond={beyond} />}
            shared={shared === '' ? null : new URL(shared).host}
          />
        ) : (
          <EmptyState title="No client uses such models" action={<Button onClick={() => navigate('/profiles')}>Open Profiles</Button>}>
            {profile.name} serves models of the kind {profile.modelType}. Choose another profile above.
          </EmptyState>
        )}
      </Split>
    </>
  );
}

/** What every client asks for, whatever its settings are called. */
function Basics({ origin, model, settings, beyond }: { origin: string; model: string; settings: Settings; beyond: boolean }) {
  return (
    <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
      <Labelled label="Base URL" code={`${origin}/v1`} />
      <Labelled label="Model" code={model} />
      {!settings.requireApiKey && !beyond && (
        <p className="col-span-full text-sm text-muted">No key is needed on this Mac; where a client insists on one, any text will do.</p>
      )}
    </div>
  );
}

function Labelled({ label, code }: { label: string; code: string }) {
  return (
    <div>
      <p className="mb-1 font-medium">{label}</p>
      <CodeBlock code={code} label={label} />
    </div>
  );
}
