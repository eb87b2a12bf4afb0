/** The place where notices appear: spoken by screen readers, gone by themselves, but not while one reads or reaches for them. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import X from 'lucide-react/icons/x';
import { cn } from './cn.js';
import { Button, IconButton } from './button.js';
import { toast, toasts, type Notice } from './toast-store.js';

/** Failures stay longer: they say what to do. */
const STAY_MS = { good: 3500, plain: 5000, bad: 10_000 } as const;

export function Toasts() {
  const list = useSyncExternalStore(toasts.watch, toasts.list, toasts.list);
  const [held, hold] = useState(false);
  return (
    <section
      aria-label="Notices"
      className="pointer-events-none fixed right-4 bottom-[calc(1rem+var(--banner,0px))] z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2"
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <div role="status" className="contents">
        {list
          .filter(({ tone }) => tone !== 'bad')
          .map((one) => (
            <Toast key={one.id} notice={one} held={held} />
          ))}
      </div>
      <div role="alert" className="contents">
        {list
          .filter(({ tone }) => tone === 'bad')
          .map((one) => (
            <Toast key={one.id} notice={one} held={held} />
          ))}
      </div>
    </section>
  );
}

const EDGE = { good: 'border-l-good', plain: 'border-l-accent', bad: 'border-l-bad' } as const;

function Toast({ notice, held }: { notice: Notice; held: boolean }) {
  const { id, tone, title, text, button } = notice;
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => toast.close(id), STAY_MS[tone]);
    return () => clearTimeout(timer);
  }, [id, tone, held]);
  return (
    <div className={cn('pointer-events-auto flex gap-2 rounded-lg border border-l-3 border-line bg-raised p-3 shadow-pop', EDGE[tone])}>
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{title}</p>
        {text && <p className="mt-0.5 text-sm wrap-anywhere text-muted">{text}</p>}
        {button && (
          <Button
            size="sm"
            className="mt-2"
            onClick={() => {
              button.run();
              toast.close(id);
            }}
          >
            {button.label}
          </Button>
        )}
      </div>
      <IconButton size="sm" label="Close notice" icon={<X />} onClick={() => toast.close(id)} />
    </div>
  );
}
