/** Starting a profile from the icon's menu, where no page can ask. */
import { AgentError, roomHelps, type Client } from '@mlx-manager/shared';
import type { ElectronParts } from './electron-parts.js';

/**
 * Starts a profile; asks before other models are unloaded for it.
 * @throws AgentError when it was not started, but not when its owner decided so.
 */
export async function startProfile(client: Pick<Client, 'startServer'>, ask: ElectronParts['ask'], profileId: number): Promise<void> {
  try {
    await client.startServer({ params: { profileId } });
  } catch (error) {
    if (!(error instanceof AgentError) || !roomHelps(error)) throw error;
    const { response } = await ask({
      type: 'question',
      message: 'Unload other models?',
      detail: error.message,
      buttons: ['Unload and Start', 'Cancel'],
      defaultId: 0,
      cancelId: 1,
    });
    if (response === 0) await client.startServer({ params: { profileId }, body: { makeRoom: true } });
  }
}
