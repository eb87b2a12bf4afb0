/** What can be done with a model: fetch it, use it, delete it. The same on its tile and on its page. */
import { useState } from 'react';
import Download from 'lucide-react/icons/download';
import MessageSquare from 'lucide-react/icons/message-square';
import Pause from 'lucide-react/icons/pause';
import Play from 'lucide-react/icons/play';
import RotateCcw from 'lucide-react/icons/rotate-ccw';
import Square from 'lucide-react/icons/square';
import Trash2 from 'lucide-react/icons/trash-2';
import X from 'lucide-react/icons/x';
import { Link } from 'wouter';
import type { DownloadTask, LocalModel, Server } from '@mlx-manager/shared';
import { Button, buttonClass, ConfirmDialog, Dialog, IconButton, StateDot, type ButtonSize } from '../../kit/index.js';
import { shortName } from '../../lib/bring-up.js';
import { bytes, plural } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { useUsage } from '../../lib/resources.js';
import { chats, serverOf, stateOf, type Here, type ModelRow } from './rows.js';
import { UseButton } from './use-button.js';

export interface ModelActionsProps {
  row: ModelRow;
  here: Here;
  size?: ButtonSize;
  /** Said when a download was asked for here. */
  onDownload?: (modelId: string) => void;
}

export function ModelActions({ row, here, size = 'sm', onDownload }: ModelActionsProps) {
  const state = stateOf(row, here);
  const name = shortName(row.modelId);
  const download = useAction((client, modelId: string) => client.downloadModel({ body: { modelId } }), {
    done: (_started, modelId) => onDownload?.(modelId),
  });
  const fetchButton = (words: string) => (
    <Button
      size={size}
      icon={<Download aria-hidden />}
      pending={download.pending}
      aria-label={`${words} ${name}`}
      onClick={() => void download.run(row.modelId)}
    >
      {words}
    </Button>
  );
  return (
    <div className="flex items-center gap-1">
      {state.kind === 'absent' && fetchButton('Download')}
      {state.kind === 'incomplete' && fetchButton('Finish Download')}
      {'task' in state && <TaskActions task={state.task} name={name} size={size} />}
      {state.kind === 'running' && <RunningActions server={state.server} row={row} size={size} />}
      {state.kind === 'here' && row.local && (
        <>
          {serverOf(row, here, true) && (
            <Link href="/servers" className="text-sm text-bad">
              Did not start
            </Link>
          )}
          <UseButton model={row.local} size={size} />
        </>
      )}
      {row.local?.source === 'hub_cache' && (state.kind === 'here' || state.kind === 'incomplete' || state.kind === 'running') && (
        <DeleteButton model={row.local} size={size} {...(state.kind === 'running' && { usedBy: state.server.profileName })} />
      )}
    </div>
  );
}

/** Pause, resume, cancel; of one that failed: try again, or forget it. */
export function TaskActions({ task, name, size }: { task: DownloadTask; name: string; size: ButtonSize }) {
  const { taskId, status } = task;
  const params = { params: { taskId } };
  const pause = useAction((client) => client.pauseDownload(params));
  const resume = useAction((client) => client.resumeDownload(params));
  const cancel = useAction((client) => client.cancelDownload(params));
  const forget = useAction((client) => client.removeDownload(params));
  const goOn = (words: string) => (
    <Button
      size={size}
      icon={status === 'failed' ? <RotateCcw aria-hidden /> : <Play aria-hidden />}
      pending={resume.pending}
      aria-label={`${words} the download of ${name}`}
      onClick={() => void resume.run()}
    >
      {words}
    </Button>
  );
  if (status === 'failed') {
    return (
      <>
        {goOn('Retry')}
        <IconButton
          size={size}
          label={`Dismiss the failed download of ${name}`}
          icon={<X />}
          pending={forget.pending}
          onClick={() => void forget.run()}
        />
      </>
    );
  }
  return (
    <>
      {status === 'paused' ? (
        goOn('Resume')
      ) : (
        <Button
          size={size}
          icon={<Pause aria-hidden />}
          pending={pause.pending}
          aria-label={`Pause the download of ${name}`}
          onClick={() => void pause.run()}
        >
          Pause
        </Button>
      )}
      <IconButton
        size={size}
        label={`Cancel the download of ${name}`}
        icon={<X />}
        pending={cancel.pending}
        onClick={() => void cancel.run()}
      />
    </>
  );
}

const STATES = {
  starting: { tone: 'warn', label: 'Starting…', busy: true },
  healthy: { tone: 'good', label: 'Running', busy: false },
  unhealthy: { tone: 'bad', label: 'In trouble', busy: false },
} as const;

function RunningActions({ server, row, size }: { server: Server; row: ModelRow; size: ButtonSize }) {
  const { profileId, profileName: name, state } = server;
  const look = STATES[state as keyof typeof STATES];
  const [asking, ask] = useState(false);
  const active = useUsage().data?.servers.find((one) => one.profileId === profileId)?.active ?? 0;
  const stop = useAction((client) => client.stopServer({ params: { profileId } }), { done: () => ask(false) });
  return (
    <>
      <Link href={`/servers/${profileId}`} title={`${name} on the page Servers`} className="mr-1 text-text no-underline hover:underline">
        <StateDot tone={look.tone} busy={look.busy} label={look.label} />
      </Link>
      {row.characteristics !== null && chats(row.characteristics) && state === 'healthy' && (
        <Link href={`/chat?profile=${profileId}`} aria-label={`Chat with ${name}`} className={buttonClass('plain', size)}>
          <MessageSquare aria-hidden />
          Chat
        </Link>
      )}
      <IconButton
        size={size}
        label={`Stop ${name}`}
        icon={<Square />}
        pending={stop.pending}
        onClick={() => (active > 0 ? ask(true) : void stop.run())}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={ask}
        title={`Stop ${name} now?`}
        description={`${plural(active, 'request')} ${active === 1 ? 'is' : 'are'} under way and will break off.`}
        confirm="Stop"
        pending={stop.pending}
        onConfirm={() => void stop.run()}
      />
    </>
  );
}

/** @param usedBy the profile that has it in memory: it must be stopped first, which is said. */
function DeleteButton({ model, size, usedBy }: { model: LocalModel; size: ButtonSize; usedBy?: string }) {
  // What a click asked for: it stays that, though the model is unloaded or loaded meanwhile.
  const [asking, setAsking] = useState<'delete' | 'in use' | null>(null);
  const ask = (open: boolean): void => setAsking(open ? (usedBy === undefined ? 'delete' : 'in use') : null);
  const { modelId, sizeBytes, profileIds } = model;
  const name = shortName(modelId);
  const remove = useAction((client) => client.deleteModel({ params: { modelId } }), {
    success: `${name} is deleted: ${bytes(sizeBytes)} are free again.`,
    done: () => ask(false),
    failed: () => {
      ask(false);
      return false;
    },
  });
  return (
    <>
      <IconButton size={size} label={`Delete ${name}`} icon={<Trash2 />} onClick={() => ask(true)} />
      <Dialog
        open={asking === 'in use'}
        onOpenChange={ask}
        size="sm"
        title={`${name} is in use`}
        description={`${usedBy ?? 'A profile'} runs it. Stop that first; then the model can be deleted.`}
        footer={<Button onClick={() => ask(false)}>OK</Button>}
      />
      <ConfirmDialog
        open={asking === 'delete'}
        onOpenChange={ask}
        title={`Delete ${name}?`}
        description={
          <>
            It frees {bytes(sizeBytes)}. Other programs that use Hugging Face’s cache lose it too; it can be downloaded again.
            {profileIds.length > 0 && ' Its profiles stay, and cannot start until it is here again.'}
          </>
        }
        confirm="Delete"
        pending={remove.pending}
        onConfirm={() => void remove.run()}
      />
    </>
  );
}
