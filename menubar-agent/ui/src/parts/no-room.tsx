/** The question that comes when there is no room for a model. */
import { ConfirmDialog } from '../kit/index.js';
import type { Starting } from '../lib/starting.js';

export function NoRoomDialog({ starting }: { starting: Starting }) {
  const { noRoom, answer } = starting;
  return (
    <ConfirmDialog
      open={noRoom !== null}
      onOpenChange={(open) => !open && answer(false)}
      title={noRoom ? `Unload other models for ${noRoom.args.name}?` : ''}
      description={noRoom?.error.message}
      confirm="Unload and Start"
      danger={false}
      onConfirm={() => answer(true)}
    />
  );
}
