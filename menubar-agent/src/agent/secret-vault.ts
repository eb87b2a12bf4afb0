/** Where the owner's secrets are kept: for the agent, and for the command that takes them away. */
import type { AgentPaths } from '../core/index.js';
import { SecretsFolder } from '../store/index.js';
import { createSecretVault, type SecretVault, type SecretVaultOptions } from '../system/index.js';

/** @param options for tests. */
export function secretVault(
  env: Readonly<Record<string, string | undefined>>,
  paths: AgentPaths,
  options: Pick<SecretVaultOptions, 'platform' | 'security'> = {},
): SecretVault {
  return createSecretVault({
    ...options,
    files: new SecretsFolder(paths.secrets),
    scope: paths.home,
    // Tests, and Macs without a login session, whose keychain is locked.
    useFiles: env.MLX_MANAGER_SECRETS === 'file',
  });
}
