/** Where the agent listens and who needs a key: one rule ties them. Beyond this Mac a key is always needed. */
import { useState } from 'react';
import { cn, ConfirmDialog, CopyButton, inputClass, Select, Switch } from '../../kit/index.js';
import { useAgentStatus } from '../../lib/resources.js';
import { CATALOGUE } from './catalogue.js';
import { useDraft } from './drafts.js';
import { isLoopback, listenMode, type ListenMode } from './listen-mode.js';
import { SettingRow } from './row.js';
import { useKnownSettings, useSave, useSetting } from './use-setting.js';
import { problemOf } from './values.js';

export function ListenRow() {
  const setting = useSetting('listenHost');
  const { requireApiKey } = useKnownSettings();
  const { save, pending } = useSave();
  const urls = useAgentStatus().data?.sharedUrls ?? [];
  const [draft, setDraft] = useDraft('listenHost');
  const [asked, ask] = useState<string | null>(null);
  const mode = draft === null ? listenMode(setting.shown) : 'one';
  const host = (draft ?? setting.value).trim();
  const problem = draft === null || draft.trim() === '' ? null : problemOf('listenHost', host);

  const choose = (next: string): void => {
    if (!requireApiKey && !isLoopback(next)) ask(next);
    else
      void setting.change(next).then((taken) => {
        if (taken) setDraft(null);
      });
  };
  const chooseMode = (next: ListenMode): void => {
    setting.forgive();
    setDraft(next === 'one' ? '' : null);
    if (next !== 'one') choose(next);
  };
  const saveDraft = (): void => {
    if (draft === null || asked !== null || host === '' || problem !== null || setting.pending) return;
    if (host === setting.value) setDraft(null);
    else choose(host);
  };
  return (
    <>
      <SettingRow
        setting={{
          ...setting,
          reset: async () => {
            const done = await setting.reset();
            if (done) setDraft(null);
            return done;
          },
        }}
        problem={problem}
        stacked
      >
        <div className="flex flex-wrap gap-2">
          <Select<ListenMode>
            value={mode}
            onValueChange={chooseMode}
            className="w-64"
            options={[
              { value: '127.0.0.1', label: 'This Mac alone' },
              { value: '0.0.0.0', label: 'Everyone in the network', hint: 'On every IPv4 address of this Mac (0.0.0.0)' },
              { value: '::', label: 'Everyone, IPv6 too', hint: 'On every address of this Mac (::)' },
              { value: 'one', label: 'One address of this Mac…', hint: 'For example that of a VPN' },
            ]}
          />
          {mode === 'one' && (
            <input
              aria-label="Address to listen on"
              autoComplete="off"
              spellCheck={false}
              aria-invalid={problem !== null}
              autoFocus={draft === ''}
              value={draft ?? setting.value}
              placeholder="192.168.1.20"
              className={cn(inputClass, 'h-7 w-56 font-mono text-sm')}
              onChange={(event) => {
                setting.forgive();
                setDraft(event.target.value);
              }}
              onBlur={saveDraft}
              onKeyDown={(event) => {
                if (event.key === 'Enter') saveDraft();
                if (event.key === 'Escape' && draft !== null) {
                  event.stopPropagation();
                  setDraft(null);
                  setting.forgive();
                }
              }}
            />
          )}
        </div>
        {urls.length > 0 && (
          <ul aria-label="Addresses for other machines" className="mt-1.5">
            {urls.map((url) => (
              <li key={url} className="flex items-center gap-1">
                <span className="min-w-0 truncate font-mono text-sm select-text" title={url}>
                  {url}
                </span>
                <CopyButton text={url} label={`Copy ${url}`} />
              </li>
            ))}
          </ul>
        )}
      </SettingRow>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && ask(null)}
        title="Require keys and share?"
        description={`From other machines a key is always needed, so “${CATALOGUE.requireApiKey.label}” is turned on as well: programs on this Mac need one from then on too. Make keys under API keys.`}
        confirm="Require Keys and Share"
        danger={false}
        pending={pending}
        onConfirm={() => {
          if (asked === null) return;
          void save({ listenHost: asked, requireApiKey: true }).then((refusal) => {
            ask(null);
            if (refusal === null) setDraft(null);
            else setting.refuse(refusal);
          });
        }}
      />
    </>
  );
}

export function KeyRequiredRow() {
  const setting = useSetting('requireApiKey');
  const { listenHost } = useKnownSettings();
  const { save, pending } = useSave();
  /** The value that was wanted: off, or back to the default, which is off. */
  const [asked, ask] = useState<{ value: false | null } | null>(null);
  const change = (value: boolean | null): Promise<boolean> => {
    if (value === true || isLoopback(listenHost)) return setting.change(value);
    ask({ value });
    return Promise.resolve(false);
  };
  return (
    <>
      <SettingRow setting={{ ...setting, reset: () => change(null) }}>
        <Switch checked={setting.shown} onCheckedChange={(on) => void change(on)} />
      </SettingRow>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && ask(null)}
        title="Stop sharing too?"
        description={`The agent listens on ${listenHost}, beyond this Mac, only while keys are required. Without them it listens on this Mac alone.`}
        confirm="Stop Sharing"
        pending={pending}
        onConfirm={() => {
          if (asked === null) return;
          void save({ listenHost: null, requireApiKey: asked.value }).then((refusal) => {
            ask(null);
            if (refusal !== null) setting.refuse(refusal);
          });
        }}
      />
    </>
  );
}
