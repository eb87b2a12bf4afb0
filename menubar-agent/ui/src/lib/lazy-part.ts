/** Parts of the page whose scripts come when they are wanted. */
import { lazy, type ComponentType } from 'react';
import { here } from './here.js';

export interface PartModule {
  readonly default: ComponentType;
  /** Fetches the parts that this one will show at once at an address. */
  readonly preload?: (pathname: string) => Promise<void>;
}

export interface LazyPart {
  readonly Part: ComponentType;
  /** Fetches it in advance. Drawn behind that, it is there in the first drawing, with no placeholder before it. */
  readonly preload: (pathname?: string) => Promise<void>;
}

/** @param load imports the module. @param wanted how it is fetched once it is drawn, when more than `load`. */
export function lazyPart(load: () => Promise<PartModule>, wanted: () => Promise<PartModule> = load): LazyPart {
  let loaded: PartModule | undefined;
  return {
    // React shows the placeholder of a promise for 300 ms at least, even of one that is kept already: a module that is there is not promised.
    Part: lazy(() => (loaded === undefined ? wanted() : (atOnce(loaded) as Promise<PartModule>))),
    async preload(pathname = here().pathname) {
      const module = await load();
      await module.preload?.(pathname);
      loaded = module;
    },
  };
}

/** What React.lazy asks of a promise, kept before it returns. */
const atOnce = (module: PartModule): Pick<PromiseLike<PartModule>, 'then'> => ({
  then(kept) {
    kept?.(module);
    return atOnce(module) as never;
  },
});
