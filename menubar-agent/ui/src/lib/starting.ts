/** Starting a profile, and what to do where others must be unloaded for it. */
import { useCallback, useState } from 'react';
import { roomHelps, type AgentError } from '@mlx-manager/shared';
import { useAction } from './query.js';

export interface StartArgs {
  profileId: number;
  name: string;
  makeRoom?: boolean;
}

export interface Starting {
  start: (args: StartArgs) => Promise<boolean>;
  pending: boolean;
  /** The profile being started, or started last. */
  args: StartArgs | undefined;
  /** There was no room for it: the question whether others are unloaded. */
  noRoom: { args: StartArgs; error: AgentError } | null;
  /** Yes, or no. */
  answer: (makeRoom: boolean) => void;
}

/** @param started told when the agent took it on; whether it gets healthy comes as events. */
export function useStarting(started?: (args: StartArgs) => void): Starting {
  const [noRoom, setNoRoom] = useState<Starting['noRoom']>(null);
  const { run, pending, args } = useAction(
    (client, { profileId, makeRoom }: StartArgs) =>
      client.startServer({ params: { profileId }, body: makeRoom === true ? { makeRoom } : {} }),
    {
      done: (_result, which) => {
        setNoRoom(null);
        started?.(which);
      },
      failed: (error, which) => {
        if (which.makeRoom === true || !roomHelps(error)) return false;
        setNoRoom({ args: which, error });
        return true;
      },
    },
  );
  const start = useCallback(async (which: StartArgs) => (await run(which)) !== undefined, [run]);
  const answer = (makeRoom: boolean): void => {
    const asked = noRoom;
    setNoRoom(null);
    if (makeRoom && asked) void run({ ...asked.args, makeRoom: true });
  };
  return { start, pending, args, noRoom, answer };
}
