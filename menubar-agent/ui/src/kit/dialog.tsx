/** Windows above the page: focus stays inside, Esc closes, focus goes back to where it was. */
import { useRef, type ReactNode } from 'react';
import { Dialog as Base } from '@base-ui/react/dialog';
import X from 'lucide-react/icons/x';
import { Button, IconButton } from './button.js';
import { cn } from './cn.js';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** `sm` 400 px, `md` 560 px, `lg` 840 px. */
  size?: 'sm' | 'md' | 'lg';
  children?: ReactNode;
  /** Buttons at the foot, the main one last. */
  footer?: ReactNode;
  /** Asks something that must be answered: a click beside it does not close it. */
  alert?: boolean;
}

const WIDTH = { sm: 'w-[400px]', md: 'w-[560px]', lg: 'w-[840px]' } as const;

export function Dialog({ open, onOpenChange, title, description, size = 'md', children, footer, alert = false }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)} disablePointerDismissal={alert}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.35)] transition-opacity duration-100 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          {...(alert && { role: 'alertdialog' })}
          className={cn(
            'pop-in fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100vh-3rem)] max-w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-xl border border-line bg-surface shadow-pop outline-none',
            WIDTH[size],
          )}
        >
          <header className="flex items-start gap-3 px-4 pt-4">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold wrap-anywhere">{title}</Base.Title>
              {description !== undefined && <Base.Description className="mt-1 text-muted">{description}</Base.Description>}
            </div>
            {!alert && <IconButton size="sm" label="Close" icon={<X />} onClick={() => onOpenChange(false)} />}
          </header>
          {children !== undefined && <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">{children}</div>}
          {footer !== undefined && <footer className="flex justify-end gap-2 px-4 pt-2 pb-4">{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** What is done, as a verb: `Delete`. */
  confirm: string;
  danger?: boolean;
  pending?: boolean;
  onConfirm: () => void;
}

/** Asks before what cannot be undone. The harmless answer has the focus. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  confirm,
  danger = true,
  pending = false,
  onConfirm,
}: ConfirmDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      {...(description !== undefined && { description })}
      size="sm"
      alert
      footer={
        <>
          <Button ref={cancel} autoFocus onClick={() => onOpenChange(false)}>
            Cancel
          </Button>
          <Button variant="primary" pending={pending} className={danger ? '!bg-bad-fill' : undefined} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    />
  );
}
