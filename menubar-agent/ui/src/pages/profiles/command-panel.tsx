/** What a start would run, beside what is typed. */
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { Skeleton } from '../../kit/index.js';
import { CommandView } from '../../parts/command-view.js';
import { differs } from '../../parts/command-words.js';
import type { CommandState } from './use-command.js';

export function CommandPanel({ state, noModel }: { state: CommandState; noModel: boolean }) {
  const { answer, fresh, blocked, error } = state;
  return (
    <section aria-label="Command" className="flex flex-col gap-3">
      <div>
        <h2 className="text-lg font-semibold">Command</h2>
        <p role="status" className="text-sm text-muted">
          {words({ blocked, noModel, fresh, failed: error !== null, there: answer !== null })}
        </p>
      </div>
      {error && (
        <p role="alert" className="text-sm text-bad">
          {error.message} {error.action}
        </p>
      )}
      {noModel ? null : answer === null ? (
        !error && !blocked && <Skeleton rows={1} height={120} />
      ) : (
        <div className="flex flex-col gap-3">
          <Problems list={answer.problems} />
          {answer.command && <CommandView command={answer.command} />}
          {answer.warnings.length > 0 && (
            <ul aria-label="Warnings" className="flex flex-col gap-1 text-sm text-warn">
              {answer.warnings.map((warning) => (
                <li key={warning} className="wrap-anywhere">
                  {warning}
                </li>
              ))}
            </ul>
          )}
          {fresh && answer.running && answer.command && differs(answer.running, answer.command) && (
            <p className="text-sm text-muted">The running server was started with another command. A restart takes this one up.</p>
          )}
        </div>
      )}
    </section>
  );
}

interface Standing {
  blocked: boolean;
  noModel: boolean;
  fresh: boolean;
  failed: boolean;
  there: boolean;
}

function words({ blocked, noModel, fresh, failed, there }: Standing): string {
  if (noModel) return 'Choose a model to see what is run.';
  if (blocked) return there ? 'As it was before the marked fields.' : 'Shown once the marked fields are right.';
  if (failed) return there ? 'As it was when it was last told: what you typed since is not in it.' : 'It could not be told.';
  return fresh || !there ? 'What a start runs, without a shell.' : 'Updating…';
}

function Problems({ list }: { list: readonly { code: string; message: string; action: string }[] }) {
  if (list.length === 0) return null;
  return (
    <ul aria-label="Problems" className="flex flex-col gap-2 rounded-md bg-bad-soft p-3 text-sm">
      {list.map(({ code, message, action }) => (
        <li key={code + message} className="flex gap-2 wrap-anywhere">
          <TriangleAlert aria-hidden className="mt-px size-4 shrink-0 text-bad" />
          <span className="min-w-0">
            {message} {action}
          </span>
        </li>
      ))}
    </ul>
  );
}
