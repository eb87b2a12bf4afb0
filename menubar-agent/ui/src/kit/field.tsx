/** A control with its label, what it does, and what is wrong with it. */
import type { ReactNode } from 'react';
import { Field as Base } from '@base-ui/react/field';
import { cn } from './cn.js';

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** Why the value cannot be used. */
  error?: ReactNode;
  /** The label beside the control instead of above it: rows of settings. */
  row?: boolean;
  className?: string;
  /** One control of the kit. */
  children: ReactNode;
}

export function Field({ label, hint, error, row = false, className, children }: FieldProps) {
  const bad = error !== undefined && error !== null && error !== false && error !== '';
  const words = (
    <>
      {hint !== undefined && <Base.Description className="text-sm text-muted">{hint}</Base.Description>}
      {bad && (
        <Base.Error match className="text-sm text-bad">
          {error}
        </Base.Error>
      )}
    </>
  );
  if (row) {
    return (
      <Base.Root invalid={bad} className={cn('flex items-center justify-between gap-6 py-2.5', className)}>
        <div className="min-w-0 flex-1">
          <Base.Label className="font-medium">{label}</Base.Label>
          {words}
        </div>
        <div className="flex max-w-[50%] shrink-0 items-center gap-2">{children}</div>
      </Base.Root>
    );
  }
  return (
    <Base.Root invalid={bad} className={cn('flex flex-col gap-1', className)}>
      <Base.Label className="font-medium">{label}</Base.Label>
      {children}
      {words}
    </Base.Root>
  );
}
