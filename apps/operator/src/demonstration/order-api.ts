/** The REST front as any other team calls it: a token, a JSON body, a status. Knows nothing of the order app's code. */
import { transient } from '@ordo/contracts';

const REPLAYED = 'idempotency-replayed';
/** Ten times what the slowest honest answer takes (a node that is down is refused within a second). */
const TIMEOUT_MS = 10_000;
/** A service that is starting needs a few seconds. */
const RETRY_AFTER_MS = 5_000;

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
}

export interface Answer {
  readonly http: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly isReplay: boolean;
  readonly elapsedMs: number;
}

export class OrderApi {
  constructor(private readonly baseUrl: string) {}

  /** Throws a Transient when nobody answers; every answer, refusals too, is returned. */
  async call({ method, path, token, body, idempotencyKey }: Call): Promise<Answer> {
    const startedMs = performance.now();
    const response = await this.send(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const elapsedMs = performance.now() - startedMs;
    return {
      http: response.status,
      body: objectOf(text),
      isReplay: response.headers.get(REPLAYED) === 'true',
      elapsedMs,
    };
  }

  private async send(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.baseUrl}${path}`, request);
    } catch (error) {
      throw transient('REQUEST_TIMEOUT', `nobody answers at ${this.baseUrl} (${causeOf(error)})`, RETRY_AFTER_MS);
    }
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

/** A member of an answer as text; empty when it is not there or is neither text nor number. */
export function memberOf({ body }: Answer, name: string): string {
  const value = body[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function objectOf(text: string): Answer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Answer['body']) : { detail: text };
  } catch {
    return { detail: text.slice(0, 200) };
  }
}
