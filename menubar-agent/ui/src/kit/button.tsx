/** Buttons. What one does is told by its words; an icon alone needs a label. */
import type { ComponentProps, ReactNode } from 'react';
import LoaderCircle from 'lucide-react/icons/loader-circle';
import { cn } from './cn.js';
import { Tooltip } from './tooltip.js';

export type ButtonVariant = 'plain' | 'primary' | 'danger' | 'ghost';
export type ButtonSize = 'sm' | 'md';

const VARIANT: Record<ButtonVariant, string> = {
  plain: 'border-line bg-raised hover:bg-hover active:bg-press',
  primary: 'border-transparent bg-accent-fill text-on-accent hover:bg-accent-fill-hover',
  danger: 'border-line bg-raised text-bad hover:bg-bad-soft',
  ghost: 'border-transparent hover:bg-hover active:bg-press',
};
const SIZE: Record<ButtonSize, string> = {
  sm: 'h-6 gap-1 px-2 text-sm [&_svg]:size-3.5',
  md: 'h-7 gap-1.5 px-3 [&_svg]:size-4',
};

/** Class names of a button, for a link that looks like one. */
export const buttonClass = (variant: ButtonVariant = 'plain', size: ButtonSize = 'md'): string =>
  cn(
    'inline-flex shrink-0 items-center justify-center rounded-md border font-medium whitespace-nowrap no-underline select-none disabled:opacity-50 aria-disabled:opacity-50',
    variant !== 'primary' && variant !== 'danger' && 'text-text',
    VARIANT[variant],
    SIZE[size],
  );

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: ReactNode;
  /** It works: shown by a turning circle; pressing again does nothing. Focus stays. */
  pending?: boolean;
}

export function Button({ variant = 'plain', size = 'md', icon, pending = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      {...(pending && { 'aria-busy': true, 'aria-disabled': true })}
      onClick={(event) => {
        if (pending) event.preventDefault();
        else onClick?.(event);
      }}
      className={cn(buttonClass(variant, size), className)}
    >
      {pending ? <LoaderCircle className="turning" aria-hidden /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'aria-label'> {
  /** Said by screen readers and shown as a tooltip. */
  label: string;
  icon: ReactNode;
  /** Shown in the tooltip beside the label, e.g. `⌘L`. */
  keys?: string;
}

export function IconButton({ label, icon, keys, variant = 'ghost', size = 'md', pending = false, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} {...(keys !== undefined && { keys })}>
      <Button
        {...rest}
        variant={variant}
        size={size}
        pending={pending}
        aria-label={label}
        className={cn(size === 'sm' ? 'w-6' : 'w-7', '!px-0', className)}
      >
        {!pending && icon}
      </Button>
    </Tooltip>
  );
}
