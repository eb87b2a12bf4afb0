/** The hub token: set, replaced, forgotten; never shown. */
import { useState } from 'react';
import { settingsUpdate, problemsOf, type AgentError } from '@mlx-manager/shared';
import { Button, ConfirmDialog, Field, Input, StateDot } from '../../kit/index.js';
import { Anchor, focusIn, rowClass } from './row.js';
import { tellRefusal, useKnownSettings, useSave } from './use-setting.js';

export function HubTokenRow() {
  const { hfTokenSet } = useKnownSettings();
  const { save, pending } = useSave();
  const [text, setText] = useState('');
  const [refused, refuse] = useState<AgentError | null>(null);
  const [forgetting, forget] = useState(false);
  const token = text.trim();
  const wrong = token !== '' && problemsOf(settingsUpdate, { hfToken: token }).length > 0;
  const problem = wrong ? 'A token is one word without spaces, such as hf_…' : refused === null ? null : tellRefusal(refused);
  const send = (hfToken: string | null): void => {
    void save({ hfToken }).then((refusal) => {
      refuse(refusal);
      forget(false);
      // What was typed is kept when it could not be saved.
      if (refusal === null) setText('');
    });
  };
  const submit = (): void => {
    if (token !== '' && !wrong && !pending) send(token);
  };
  return (
    <Anchor id="hfToken" className={rowClass}>
      <Field
        label="Hub token"
        className="py-1.5"
        error={problem}
        hint={
          <>
            For models behind a license and private ones. Make one with read access at huggingface.co/settings/tokens. It is kept in a file
            that only you can read, and never shown again.
            <span className="mt-0.5 block text-xs">
              Without one here, HF_TOKEN counts, then the token that Hugging Face’s own tools keep. Counts at once.
            </span>
          </>
        }
      >
        <div className="flex items-center gap-2">
          <Input
            type="password"
            value={text}
            placeholder={hfTokenSet ? 'Type another one to replace it' : 'hf_…'}
            autoComplete="off"
            className="font-mono text-sm placeholder:font-sans"
            onValueChange={(next) => {
              refuse(null);
              setText(next);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') submit();
              if (event.key === 'Escape' && text !== '') {
                event.stopPropagation();
                refuse(null);
                setText('');
              }
            }}
          />
          <Button variant="primary" disabled={token === '' || wrong} pending={pending && !forgetting} onClick={submit}>
            {hfTokenSet ? 'Replace' : 'Save'}
          </Button>
          {hfTokenSet && (
            <Button variant="danger" onClick={() => forget(true)}>
              Forget…
            </Button>
          )}
        </div>
        <div role="status" className="text-sm">
          <StateDot tone={hfTokenSet ? 'good' : 'plain'} label={hfTokenSet ? 'A token is set' : 'No token is set'} />
        </div>
      </Field>
      <ConfirmDialog
        open={forgetting}
        onOpenChange={(open) => {
          forget(open);
          if (!open) requestAnimationFrame(() => focusIn(document.querySelector('[data-place=hfToken]')));
        }}
        title="Forget the hub token?"
        description="Models behind a license and private ones can then no longer be downloaded, unless HF_TOKEN says one. What is downloaded stays. At huggingface.co the token goes on to exist."
        confirm="Forget"
        pending={pending}
        onConfirm={() => send(null)}
      />
    </Anchor>
  );
}
