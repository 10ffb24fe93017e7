/**
 * One signed request to a partner that moves money, and what may be believed of its answer. Guarantee: one call is one request, ended within
 * the time limit; no redirect is followed with a signature in hand; nothing that is thrown or answered carries the secret.
 */
import type { Clock } from '@ordo/kernel';
import { type Logger, signMessage } from '@ordo/platform';
import { UnknownCause } from './partner-answer.js';

export interface SignedHttpOptions {
  /** Name in logs. */
  readonly partner: string;
  /** `https://partner.example/channel`; the paths of the contract are appended. */
  readonly baseUrl: string;
  /** The first signs. */
  readonly secrets: readonly string[];
  /** For a request with its answer, ms; default 8,000: above what channels name as their own limit for a refund. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type HttpAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown; readonly retryAfterMs?: number }
  | { readonly kind: 'unknown'; readonly cause: UnknownCause };

const DEFAULT_TIMEOUT_MS = 8_000;
const SERVER_FAULT = 500;
const REQUEST_TIMEOUT = 408;
const SUCCESS = 200;
const REDIRECT = 300;
/** A page of a hundred refunds is some 30 KB. */
const MAX_ANSWER_CHARACTERS = 1_048_576;

export class SignedHttpClient {
  private readonly secret: string;
  private readonly baseUrl: string;

  constructor(private readonly options: SignedHttpOptions) {
    const [secret = ''] = options.secrets;
    this.secret = secret;
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
  }

  get(path: string): Promise<HttpAnswer> {
    return this.call('GET', path);
  }

  post(path: string, body: Readonly<Record<string, unknown>>): Promise<HttpAnswer> {
    return this.call('POST', path, JSON.stringify(body));
  }

  private async call(method: string, path: string, body?: string): Promise<HttpAnswer> {
    const url = new URL(this.baseUrl + path);
    const signed = signMessage(body ?? `${url.pathname}${url.search}`, this.secret, this.options.clock.nowMs());
    const signal = AbortSignal.timeout(this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        ...{ method, signal, redirect: 'error' },
        headers: { ...signed, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body }),
      });
      return this.read(response.status, await response.text(), response.headers.get('retry-after'));
    } catch (error) {
      const cause = signal.aborted ? UnknownCause.TIMEOUT : UnknownCause.CONNECTION;
      const { partner, logger } = this.options;
      // The error of fetch quotes addresses and no header; its class is enough to look the network up.
      logger.warn('a partner gave no answer', {
        partner,
        cause,
        errorType: error instanceof Error ? error.name : 'none',
      });
      return { kind: 'unknown', cause };
    }
  }

  private read(status: number, text: string, retryAfter: string | null): HttpAnswer {
    if (status >= SERVER_FAULT || status === REQUEST_TIMEOUT)
      return this.unbelievable(status, UnknownCause.PARTNER_FAULT);
    const body = text.length > MAX_ANSWER_CHARACTERS ? undefined : parsed(text);
    if (status < REDIRECT && (status < SUCCESS || body === undefined)) {
      return this.unbelievable(status, UnknownCause.UNREADABLE);
    }
    const seconds = /^[0-9]{1,5}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined;
    return { kind: 'answered', status, body, ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 }) };
  }

  private unbelievable(status: number, cause: UnknownCause): HttpAnswer {
    const { partner, logger } = this.options;
    logger.warn('a partner gave an answer that says nothing', { partner, cause, status });
    return { kind: 'unknown', cause };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
