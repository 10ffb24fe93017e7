/**
 * The official client, tamed: one call is one request, ended within a time limit. Its HTTP client repeats a request once after a closed
 * connection even when its retries are switched off (stripe 23: `_shouldRetry`), which would hide from the ledger how often it asked; so such an error
 * reaches it under another name. Telemetry is off: it sends the latencies of one call with the next.
 */
import Stripe from 'stripe';

export interface StripeClientOptions {
  readonly apiKey: string;
  /** Default https://api.stripe.com; a simulator or a proxy otherwise. */
  readonly url?: string;
  readonly timeoutMs: number;
}

const DEFAULT_URL = 'https://api.stripe.com';
const DEFAULT_PORTS = { 'http:': '80', 'https:': '443' } as const;
/** The codes that the library takes for "surely never arrived". Also seen after the work was done. */
const CLOSED: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

export function openStripe({ apiKey, url = DEFAULT_URL, timeoutMs }: StripeClientOptions): Stripe {
  const { protocol, hostname, port } = new URL(url);
  const isPlain = protocol === 'http:';
  return new Stripe(apiKey, {
    ...{ host: hostname, port: port === '' ? DEFAULT_PORTS[isPlain ? 'http:' : 'https:'] : port },
    ...{ protocol: isPlain ? 'http' : 'https', timeout: timeoutMs, maxNetworkRetries: 0, telemetry: false },
    httpClient: singleAttempt(Stripe.createNodeHttpClient()),
  });
}

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;

function singleAttempt(inner: HttpClient): HttpClient {
  return {
    getClientName: () => inner.getClientName(),
    makeRequest: (...request: Parameters<HttpClient['makeRequest']>) =>
      inner.makeRequest(...request).catch((error: unknown) => {
        throw renamed(error);
      }),
  };
}

function renamed(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (!CLOSED.has(code)) return error;
  return Object.assign(new Error('the connection was closed'), { code: 'CONNECTION_CLOSED' });
}

/** The client's own limit counts silence; an answer that trickles is cut off here. */
export function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate()), limitMs);
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}

export class TooLate extends Error {}
