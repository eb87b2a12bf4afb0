/** The dialog in which one thing is made or changed. What was typed stays when saving fails, and is not lost by closing without a question. */
import { useId, useRef, useState, type ReactNode } from 'react';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { AgentError } from '@mlx-manager/shared';
import { Button, ConfirmDialog, Dialog } from '../../../kit/index.js';
import { useLeaveGuard } from '../../../lib/leave-guard.js';
import type { Form } from './use-form.js';

export interface EditorProps {
  title: string;
  description?: ReactNode;
  size?: 'sm' | 'md' | 'lg';
  form: Pick<Form<object>, 'dirty' | 'attempt'>;
  /** The button that saves. */
  save: string;
  pending: boolean;
  /** Why it could not be saved. */
  error: AgentError | null;
  onSave: () => void;
  onClose: () => void;
  /** Buttons at the left of the foot. */
  more?: ReactNode;
  /** Nothing can be changed: there is no button that saves. */
  readOnly?: boolean;
  children: ReactNode;
}

export function Editor(props: EditorProps) {
  const { title, description, size = 'md', form, save, pending, error, onSave, onClose, more, readOnly = false, children } = props;
  const id = useId();
  const element = useRef<HTMLFormElement>(null);
  /** How to leave after all: by closing, or to where somebody wanted to go. */
  const [asking, ask] = useState<{ go: () => void } | null>(null);
  const given = useRef(false);
  const dirty = form.dirty && !readOnly;
  useLeaveGuard(
    () => dirty && !given.current,
    (go) => ask({ go }),
  );
  const leave = (): void => (dirty ? ask({ go: onClose }) : onClose());
  const submit = (): void => {
    if (readOnly || pending) return;
    if (form.attempt()) onSave();
    else requestAnimationFrame(() => toFirstProblem(element.current));
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && leave()}
      title={title}
      {...(description !== undefined && { description })}
      size={size}
      footer={
        <>
          {more !== undefined && <div className="mr-auto flex gap-2">{more}</div>}
          <Button onClick={leave}>{readOnly ? 'Close' : 'Cancel'}</Button>
          {!readOnly && (
            <Button variant="primary" type="submit" form={id} pending={pending}>
              {save}
            </Button>
          )}
        </>
      }
    >
      <form
        ref={element}
        id={id}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {children}
        {error !== null && <Failed error={error} />}
      </form>
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={(open) => !open && ask(null)}
        title="Discard what you changed?"
        description="It is not saved yet."
        confirm="Discard"
        onConfirm={() => {
          given.current = true;
          asking?.go();
        }}
      />
    </Dialog>
  );
}

/** What happened, and what to do now, where the eyes are. */
export function Failed({ error }: { error: Pick<AgentError, 'message' | 'action'> }) {
  return (
    <div ref={intoView} role="alert" className="flex gap-2 rounded-md bg-bad-soft p-3">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0">
        <p className="font-medium wrap-anywhere text-bad">{error.message}</p>
        <p className="mt-0.5 wrap-anywhere">{error.action}</p>
      </div>
    </div>
  );
}

const intoView = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' });

function toFirstProblem(form: HTMLFormElement | null): void {
  const first = form?.querySelector<HTMLElement>(
    '[aria-invalid="true"], [data-invalid] input, [data-invalid] button, [data-invalid] textarea',
  );
  first?.focus();
  first?.scrollIntoView({ block: 'center' });
}
