/** A provider as it is asked. */
import type { Provider } from '@mlx-manager/shared';

/** What asking needs to know of a provider. */
export type ProviderAt = Pick<Provider, 'id' | 'name' | 'protocol' | 'baseUrl' | 'headers'>;
