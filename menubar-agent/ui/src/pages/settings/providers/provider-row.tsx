/** One provider: where it is, what it may be asked, and whether it answers. */
import Cloud from 'lucide-react/icons/cloud';
import Ellipsis from 'lucide-react/icons/ellipsis';
import KeyRound from 'lucide-react/icons/key-round';
import Pencil from 'lucide-react/icons/pencil';
import PlugZap from 'lucide-react/icons/plug-zap';
import type { Provider, ProviderTest } from '@mlx-manager/shared';
import { Badge, Button, Card, cn, Menu } from '../../../kit/index.js';
import { plural } from '../../../lib/format.js';
import { leaves } from '../routing/warnings.js';

export interface ProviderRowProps {
  provider: Provider;
  /** Names of the rules that point at it. */
  rules: readonly string[];
  testing: boolean;
  result: ProviderTest | undefined;
  onTest: (provider: Provider) => void;
  onEdit: (provider: Provider) => void;
  onForget: (provider: Provider) => void;
  onDelete: (provider: Provider) => void;
}

export function ProviderRow({ provider, rules, testing, result, onTest, onEdit, onForget, onDelete }: ProviderRowProps) {
  const { name, protocol, baseUrl, keySet, models, headers } = provider;
  const outside = leaves(provider);
  return (
    <li>
      <Card role="group" aria-label={name}>
        <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
          <div className="min-w-0 flex-1 basis-56">
            <p className="truncate font-semibold" title={name}>
              {name}
            </p>
            <p className="truncate text-sm text-muted select-text" title={baseUrl}>
              {baseUrl}
            </p>
            <p className="mt-1 flex flex-wrap gap-1">
              <Badge>{protocol === 'openai' ? 'OpenAI’s protocol' : 'Anthropic’s protocol'}</Badge>
              {keySet ? (
                <Badge tone="good" icon={<KeyRound aria-hidden />}>
                  key kept
                </Badge>
              ) : (
                <Badge tone={outside ? 'warn' : 'plain'}>no key</Badge>
              )}
              {outside ? (
                <Badge tone="warn" icon={<Cloud aria-hidden />} title="Requests that a rule sends here leave this Mac">
                  leaves this Mac
                </Badge>
              ) : (
                <Badge>this Mac or its network</Badge>
              )}
            </p>
          </div>
          <div className="flex gap-1">
            <Button size="sm" icon={<PlugZap aria-hidden />} pending={testing} aria-label={`Test ${name}`} onClick={() => onTest(provider)}>
              Test
            </Button>
            <Button size="sm" icon={<Pencil aria-hidden />} aria-label={`Edit ${name}`} onClick={() => onEdit(provider)}>
              Edit
            </Button>
            <Menu
              trigger={
                <Button size="sm" variant="ghost" className="w-6 !px-0" aria-label={`More for ${name}`} icon={<Ellipsis aria-hidden />} />
              }
              entries={[
                { label: 'Forget Key…', run: () => onForget(provider), disabled: !keySet },
                { label: 'Delete…', run: () => onDelete(provider), danger: true },
              ]}
            />
          </div>
        </div>
        <p className="mt-2 truncate text-sm" title={models.join(', ')}>
          <span className="text-muted">Models:</span> {models.length === 0 ? 'any' : models.join(', ')}
        </p>
        {Object.keys(headers).length > 0 && (
          <p className="truncate text-sm" title={Object.keys(headers).join(', ')}>
            <span className="text-muted">Headers:</span> {Object.keys(headers).join(', ')}
          </p>
        )}
        <p className="truncate text-sm" title={rules.join(', ')}>
          <span className="text-muted">Rules:</span> {rules.length === 0 ? 'none, so it is not asked' : rules.join(', ')}
        </p>
        <div role="status">{result && <TestResult result={result} />}</div>
      </Card>
    </li>
  );
}

function TestResult({ result }: { result: ProviderTest }) {
  const { ok, status, durationMs, message, action, models } = result;
  return (
    <div className={cn('mt-2 rounded-md p-2', ok ? 'bg-good-soft' : 'bg-bad-soft')}>
      <p className={cn('font-medium wrap-anywhere', ok ? 'text-good' : 'text-bad')}>{message}</p>
      {action !== null && <p className="wrap-anywhere">{action}</p>}
      <p className="text-sm">
        {status === null ? 'No answer' : `Status ${status}`}, {durationMs} ms
      </p>
      {models.length > 0 && (
        <details className="mt-1 text-sm">
          <summary className="w-fit rounded">{plural(models.length, 'model')}</summary>
          <p
            tabIndex={0}
            role="group"
            aria-label="Models it lists"
            className="mt-1 max-h-32 overflow-y-auto font-mono text-xs wrap-anywhere whitespace-pre-line select-text"
          >
            {models.join('\n')}
          </p>
        </details>
      )}
    </div>
  );
}
