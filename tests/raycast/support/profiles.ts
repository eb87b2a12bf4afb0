/** What the tests of profiles, servers and clients share: a real agent that may load the tiny model, and Raycast around it. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Profile, ProfileCreateInput } from '@mlx-manager/shared';
import { startAgent, type Rig } from '../../support/agent.js';
import { freePort, installedEngine, tinyModel } from '../../support/engines.js';
import { builtExtension, createHost, type Host, type HostOptions, type Screen } from '../host/index.js';

export interface ProfilesRig extends Rig {
  profile(name: string, changes?: Partial<ProfileCreateInput>): Promise<Profile>;
  host(options?: Partial<HostOptions>): Promise<Host>;
}

/** An agent in this process with the real engine installed. */
export async function startProfilesRig(options: Parameters<typeof startAgent>[0] = {}): Promise<ProfilesRig> {
  await installedEngine('mlx-lm');
  const rig = await startAgent(options);
  // As the agent's command leaves it: it is installed, and can be started again.
  writeFileSync(join(rig.folder, 'state', 'launcher.json'), JSON.stringify({ command: [process.execPath] }));
  // Profiles that expose their port must not meet those of another test.
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)], defaultPortStart: await freePort() } });
  return {
    ...rig,
    profile: (name, changes = {}) => rig.client.createProfile({ body: { name, modelPath: tinyModel, ...changes } }),
    host: async (given = {}) =>
      createHost({ folder: await builtExtension(), env: { MLX_MANAGER_HOME: rig.env.MLX_MANAGER_HOME, HOME: rig.folder }, ...given }),
  };
}

/** Waits until a profile's or server's row stands in a section. */
export const shownIn = (screen: Screen, title: string, section: string, timeout = 90_000): Promise<unknown> =>
  screen.until(() => screen.rows().find((row) => row.title === title && row.section === section), {
    what: `${title} in ${section}`,
    timeout,
  });

/** Waits for a toast of this title; a failure says what is shown in its place. */
export async function toastShown(host: Host, title: string, timeout = 90_000): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited for the toast "${title}"; one sees ${host.toast?.history.join(' → ')}.`)),
    timeout,
  );
  try {
    await Promise.race([host.until(() => host.toast?.title === title, { timeout: timeout + 10_000, what: title }), late]);
  } finally {
    clearTimeout(timer);
  }
}
