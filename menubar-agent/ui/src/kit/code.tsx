/** Text to be copied. */
import { useEffect, useState } from 'react';
import Check from 'lucide-react/icons/check';
import Copy from 'lucide-react/icons/copy';
import { Button, IconButton, type ButtonProps } from './button.js';
import { cn } from './cn.js';
import { toast } from './toast-store.js';

/** Puts text on the clipboard. Answers whether it could. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A browser may forbid it; the text can still be selected by hand, and the notice says so.
    toast.tell('The browser did not allow copying.', 'Select the text and copy it by hand.');
    return false;
  }
}

/** @param words shows the label as text, not as a tooltip. */
export function CopyButton({
  text,
  label = 'Copy',
  words = false,
  size = 'sm',
  className,
}: {
  text: string | (() => string);
  label?: string;
  words?: boolean;
  size?: NonNullable<ButtonProps['size']>;
  className?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const icon = copied ? <Check aria-hidden className="text-good" /> : <Copy aria-hidden />;
  const copy = (): void => void copyText(typeof text === 'function' ? text() : text).then(setCopied);
  if (words) {
    return (
      <Button size={size} icon={icon} onClick={copy} className={className}>
        {copied ? 'Copied' : label}
      </Button>
    );
  }
  return <IconButton size={size} label={copied ? 'Copied' : label} icon={icon} onClick={copy} className={className} />;
}

/** Code as it is, with a button that copies it. @param label what it is, for screen readers. */
export function CodeBlock({ code, label, wrap = false, className }: { code: string; label: string; wrap?: boolean; className?: string }) {
  return (
    <div className={cn('group relative rounded-lg border border-line bg-sunken', className)}>
      <pre
        role="group"
        tabIndex={0}
        aria-label={label}
        className={cn('overflow-x-auto p-3 pr-10 outline-offset-[-2px]', wrap && 'wrap-anywhere whitespace-pre-wrap')}
      >
        <code>{code}</code>
      </pre>
      <CopyButton text={code} label={`Copy ${label}`} className="absolute top-1.5 right-1.5 bg-sunken" />
    </div>
  );
}
