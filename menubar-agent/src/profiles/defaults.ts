/** The options of a new profile, read from the contract. */
import { z } from 'zod';
import { profileShape, type Profile } from '@mlx-manager/shared';

type Defaults = Omit<
  Profile,
  'id' | 'name' | 'modelPath' | 'port' | 'launchdInstalled' | 'origin' | 'warnings' | 'createdAt' | 'updatedAt'
>;

/** Every option that has a default, with it. */
export function profileDefaults(): Defaults {
  const { name: _name, modelPath: _modelPath, port: _port, ...withDefault } = profileShape;
  return z.object(withDefault).parse({});
}
