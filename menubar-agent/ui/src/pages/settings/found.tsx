/** The search over all settings: arrows go through what was found, Enter goes there. */
import type { KeyboardEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { EmptyState, PageBody, SearchInput } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import type { Found } from './search.js';
import { SECTIONS, sectionPath } from './sections.js';

const LIST = 'settings-found';

/** @param first where Enter goes. */
export function SettingsSearch({ text, onText, first }: { text: string; onText: (text: string) => void; first: Found | undefined }) {
  const [, navigate] = useLocation();
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      document.querySelector<HTMLElement>(`#${LIST} a`)?.focus();
    }
    if (event.key === 'Enter' && first) {
      event.preventDefault();
      onText('');
      navigate(sectionPath(first.section, first.id));
    }
  };
  return (
    <SearchInput
      label="Search settings"
      value={text}
      onValueChange={onText}
      onKeyDown={onKeyDown}
      {...(text.trim() !== '' && { 'aria-controls': LIST })}
      className="w-72 flex-none max-md:w-56"
    />
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a')];
  const next = links.indexOf(document.activeElement as HTMLElement) + step;
  // Above the first one is the search itself.
  if (next < 0) document.querySelector<HTMLElement>('[data-page-search]')?.focus();
  else links[next]?.focus();
}

export function FoundSettings({ found, text, onChoose }: { found: readonly Found[]; text: string; onChoose: () => void }) {
  return (
    <PageBody id={LIST}>
      <div className="mx-auto flex w-full max-w-3xl flex-1 flex-col">
        <p role="status" className={found.length === 0 ? 'sr-only' : 'mb-2 text-muted'}>
          {found.length === 0 ? 'Nothing found' : `${plural(found.length, 'setting')} found`}
        </p>
        {found.length === 0 ? (
          <EmptyState title={`No setting is about “${text.trim()}”`}>Try another word, such as memory, port or token.</EmptyState>
        ) : (
          <ul aria-label="Found settings" className="flex flex-col gap-0.5" onKeyDown={moveFocus}>
            {found.map(({ id, section, label, hint }) => (
              <li key={id}>
                <Link
                  href={sectionPath(section, id)}
                  onClick={onChoose}
                  className="flex items-baseline gap-3 rounded-md px-2 py-1.5 text-text no-underline hover:bg-hover"
                >
                  <span className="min-w-0 flex-1">
                    <span className="font-medium">{label}</span>
                    <span className="block truncate text-sm text-muted" title={hint}>
                      {hint}
                    </span>
                  </span>
                  <span className="shrink-0 text-sm text-muted">{SECTIONS[section].title}</span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </PageBody>
  );
}
