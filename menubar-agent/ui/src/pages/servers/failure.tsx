/** Why a server failed, in words, what to do, and the end of its log. */
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { Server, ServerFailure } from '@mlx-manager/shared';
import { CopyButton } from '../../kit/code.js';
import { adviceFor } from '../../lib/advice.js';

export function Failure({ failure, name }: { failure: ServerFailure; name: string }) {
  const ended = endOf(failure);
  return (
    <div className="rounded-md bg-bad-soft p-3">
      <p className="flex gap-2 font-medium text-bad">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span className="min-w-0 wrap-anywhere select-text">{failure.message}</span>
      </p>
      <p className="mt-1 pl-6 wrap-anywhere select-text">{adviceFor(null, failure.action)}</p>
      {ended !== null && <p className="mt-1 pl-6 text-sm text-muted">{ended}</p>}
      {failure.logTail.length > 0 && (
        <div className="relative mt-2">
          <pre
            ref={toEnd}
            role="group"
            tabIndex={0}
            aria-label={`End of the log of ${name}`}
            className="max-h-36 overflow-auto rounded-md border border-line bg-sunken p-2 pr-9 whitespace-pre-wrap wrap-anywhere"
          >
            <code>{failure.logTail.join('\n')}</code>
          </pre>
          <CopyButton text={failure.logTail.join('\n')} label="Copy the end of the log" className="absolute top-1 right-1 bg-sunken" />
        </div>
      )}
    </div>
  );
}

/** The last lines say why. */
const toEnd = (element: HTMLElement | null): void => {
  if (element) element.scrollTop = element.scrollHeight;
};

function endOf({ exitCode, signal }: Pick<ServerFailure, 'exitCode' | 'signal'>): string | null {
  if (signal !== null) return `The process was ended by ${signal}.`;
  return exitCode === null ? null : `The process ended with code ${exitCode}.`;
}

/** What its owner should know though it runs. */
export function Warnings({ server }: { server: Pick<Server, 'warnings'> }) {
  if (server.warnings.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-col gap-1 text-sm text-warn">
      {server.warnings.map((warning) => (
        <li key={warning} className="wrap-anywhere">
          {warning}
        </li>
      ))}
    </ul>
  );
}
