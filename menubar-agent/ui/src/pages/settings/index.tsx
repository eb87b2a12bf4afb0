/** Settings: sections at the side, each in a file of its own, and a search over all of them. */
import { Suspense, useState } from 'react';
import Boxes from 'lucide-react/icons/boxes';
import Cloud from 'lucide-react/icons/cloud';
import Cpu from 'lucide-react/icons/cpu';
import Drama from 'lucide-react/icons/drama';
import Info from 'lucide-react/icons/info';
import Keyboard from 'lucide-react/icons/keyboard';
import KeyRound from 'lucide-react/icons/key-round';
import Network from 'lucide-react/icons/network';
import Route from 'lucide-react/icons/route';
import ScrollText from 'lucide-react/icons/scroll-text';
import SettingsIcon from 'lucide-react/icons/settings';
import type { LucideIcon } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { ErrorBoundary } from '../../app/error-boundary.js';
import { Await, cn, EmptyState, PageBody, PageHeader, Skeleton, Split } from '../../kit/index.js';
import { lazyPart, type LazyPart } from '../../lib/lazy-part.js';
import { useSettings } from '../../lib/resources.js';
import { usePageTitle } from '../../lib/title.js';
import General from './general.js';
import { FoundSettings, SettingsSearch } from './found.js';
import { findSettings } from './search.js';
import { SECTION_NAMES, SECTIONS, sectionOf, sectionPath, type SectionName } from './sections.js';

const PARTS: Record<SectionName, readonly [LucideIcon, LazyPart]> = {
  // Where one comes to first is there with the page.
  general: [SettingsIcon, { Part: General, preload: () => Promise.resolve() }],
  models: [Boxes, lazyPart(() => import('./models.js'))],
  engines: [Cpu, lazyPart(() => import('./engines/index.js'))],
  network: [Network, lazyPart(() => import('./network.js'))],
  keys: [KeyRound, lazyPart(() => import('./keys/index.js'))],
  routing: [Route, lazyPart(() => import('./routing/index.js'))],
  providers: [Cloud, lazyPart(() => import('./providers/index.js'))],
  prompts: [Drama, lazyPart(() => import('./prompts/index.js'))],
  logs: [ScrollText, lazyPart(() => import('./logs.js'))],
  'menu-bar': [Keyboard, lazyPart(() => import('./menu-bar.js'))],
  about: [Info, lazyPart(() => import('./about/index.js'))],
};

/** The section that is shown first. */
export async function preload(pathname: string): Promise<void> {
  const section = sectionOf(pathname);
  if (section !== null) await PARTS[section][1].preload();
}

export default function Settings() {
  const [location] = useLocation();
  const [text, setText] = useState('');
  const section = sectionOf(location);
  usePageTitle(section === null ? 'Settings' : `${SECTIONS[section].title} · Settings`);
  const found = findSettings(text);
  return (
    <>
      <PageHeader title="Settings">
        <SettingsSearch text={text} onText={setText} first={found[0]} />
      </PageHeader>
      <Split label="Sections" width={212} side={<Sections current={section} onChoose={() => setText('')} />}>
        {text.trim() !== '' ? (
          <FoundSettings found={found} text={text} onChoose={() => setText('')} />
        ) : section === null ? (
          <EmptyState title="There is no such section">Choose one at the side, or search.</EmptyState>
        ) : (
          <SectionBody key={section} name={section} />
        )}
      </Split>
    </>
  );
}

function Sections({ current, onChoose }: { current: SectionName | null; onChoose: () => void }) {
  return (
    <nav aria-label="Settings" className="min-h-0 flex-1 overflow-y-auto p-2">
      <ul className="flex flex-col gap-0.5">
        {SECTION_NAMES.map((name) => {
          const [Icon, { preload: inAdvance }] = PARTS[name];
          return (
            <li key={name}>
              <Link
                href={sectionPath(name)}
                onClick={onChoose}
                aria-current={name === current ? 'page' : undefined}
                // Only in advance: what fails is told once the section is wanted.
                onPointerEnter={() => void inAdvance().catch(() => undefined)}
                className={cn(
                  'flex h-8 items-center gap-2 rounded-md px-2 no-underline select-none',
                  name === current ? 'bg-accent-soft font-medium text-accent' : 'text-text hover:bg-hover',
                )}
              >
                <Icon aria-hidden className="size-4 shrink-0" />
                <span className="truncate" title={SECTIONS[name].title}>
                  {SECTIONS[name].title}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function SectionBody({ name }: { name: SectionName }) {
  const settings = useSettings();
  const { title, hint } = SECTIONS[name];
  const [, { Part }] = PARTS[name];
  return (
    <PageBody label={title}>
      <div className="mx-auto flex w-full max-w-3xl flex-1 flex-col">
        <h2 className="text-xl font-semibold">{title}</h2>
        <p className="mb-5 text-muted">{hint}</p>
        <ErrorBoundary>
          <Suspense fallback={<Skeleton rows={5} />}>
            <Await of={settings}>{() => <Part />}</Await>
          </Suspense>
        </ErrorBoundary>
      </div>
    </PageBody>
  );
}
