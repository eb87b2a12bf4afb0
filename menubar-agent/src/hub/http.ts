/** One door to the hub's HTTP: who gets the token, how far redirects are followed, how long is waited. */

/** Where the hub is and who asks. */
export interface HubTransportOptions {
  /** The hub's address; read anew for each request, since it is a setting. */
  readonly endpoint: () => string;
  /** The hub token; read anew for each request. */
  readonly token: () => string | null;
  /** For tests and proxies; Node's own by default. */
  readonly fetch?: typeof fetch;
  readonly userAgent?: string;
}

export interface HubRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Ends the request, body included, after that many milliseconds. */
  readonly timeoutMs?: number;
}

/** An answer, of whatever status. */
export interface HubAnswer {
  readonly response: Response;
  /** The address that answered. */
  readonly url: string;
  /** Whether it is another origin than the hub's, such as its CDN. */
  readonly external: boolean;
  /** Whether the token went with the last request. */
  readonly withToken: boolean;
}

export interface HubTransport {
  /** Without a trailing slash. */
  endpoint(): string;
  /** Follows redirects, and gives the token to the hub's own origin only. Rejects with the network's error as it is. */
  request(url: string, request?: HubRequest): Promise<HubAnswer>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// As many as curl's neighbours allow is not needed: the hub's chains are resolve → resolve-cache → CDN.
const MAX_REDIRECTS = 5;

/** Makes the transport. It keeps no state beyond Node's own connection pool. */
export function createHubTransport(options: HubTransportOptions): HubTransport {
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  const endpoint = (): string => options.endpoint().replace(/\/+$/, '');
  const userAgent = options.userAgent ?? 'mlx-manager';

  const request = async (url: string, { headers, signal, timeoutMs }: HubRequest = {}): Promise<HubAnswer> => {
    const signals = [...(signal ? [signal] : []), ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)])];
    const home = new URL(endpoint()).origin;
    let target = new URL(url);
    // Once the chain has left the hub, nothing it leads to gets the token, not even the hub again.
    let left = false;
    for (let hop = 0; ; hop += 1) {
      left ||= target.origin !== home;
      const token = left ? null : options.token();
      const response = await send(target.href, {
        // By hand, because the token must stay at home and because the last address is of use.
        redirect: 'manual',
        headers: { 'user-agent': userAgent, ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
        ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      });
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null || hop === MAX_REDIRECTS) {
        return { response, url: target.href, external: left, withToken: token !== null };
      }
      await response.body?.cancel();
      target = new URL(location, target);
      if (target.protocol !== 'https:' && target.protocol !== 'http:') throw new TypeError(`redirect to ${target.protocol}`);
    }
  };
  return { endpoint, request };
}
