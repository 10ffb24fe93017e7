/** What an answer of the signed-HTTP contract means (docs/api/payment-channel.openapi.yaml); the same for refunds and for payouts. */
import {
  isPartnerRefusal,
  type PartnerAnswer,
  PartnerRefusal,
  type PartnerStanding,
  refused,
  UnknownCause,
  unknown,
} from './partner-answer.js';
import type { HttpAnswer } from './signed-http-client.js';

/** The document of one movement. */
export interface MovementDocument {
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly reference: string | null;
  readonly reason: string | null;
  readonly amount: number | undefined;
  readonly currency: string | undefined;
}

/** The terms under which we asked: an answer about others is none. */
export interface MovementTerms {
  readonly field: string;
  readonly number: string;
  readonly amount?: number;
}

const NOT_FOUND = 404;
const CLIENT_FAULT = 400;

export function answerOf(answer: HttpAnswer, terms: MovementTerms): PartnerAnswer {
  if (answer.kind === 'unknown') return answer;
  if (answer.status >= CLIENT_FAULT) return refused(refusalOf(answer), answer.retryAfterMs);
  const movement = movementOf(answer.body, terms);
  if (movement === undefined) return unknown(UnknownCause.UNREADABLE);
  if (movement.status === 'failed') return { ...failedNow, reason: reasonOf(movement.reason) };
  return { kind: movement.status === 'succeeded' ? 'succeeded' : 'accepted', reference: movement.reference };
}

export function standingOf(answer: HttpAnswer, terms: MovementTerms): PartnerStanding {
  if (answer.kind === 'unknown') return answer;
  if (answer.status === NOT_FOUND && codeOf(answer.body) === 'NOT_FOUND') return { kind: 'not-found' };
  // A question that is refused says nothing of the movement: wrong credentials, a proxy, a limit of requests.
  if (answer.status >= CLIENT_FAULT) return unknown(UnknownCause.PARTNER_FAULT);
  const movement = movementOf(answer.body, terms);
  if (movement === undefined) return unknown(UnknownCause.UNREADABLE);
  const { status, reference, reason } = movement;
  return status === 'failed' ? { kind: 'failed', reason: reasonOf(reason) } : { kind: status, reference };
}

/** The movement in `body`, if it is the one that was asked for. */
export function movementOf(body: unknown, { field, number, amount }: MovementTerms): MovementDocument | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const document = body as Readonly<Record<string, unknown>>;
  const { status } = document;
  if (document[field] !== number) return undefined;
  if (status !== 'pending' && status !== 'succeeded' && status !== 'failed') return undefined;
  if (amount !== undefined && status !== 'failed' && document['amount'] !== amount) return undefined;
  return {
    ...{ status, reference: textOf(document['reference']), reason: textOf(document['reason']) },
    amount: typeof document['amount'] === 'number' ? document['amount'] : undefined,
    currency: textOf(document['currency']) ?? undefined,
  };
}

export const reasonOf = (text: string | null): PartnerRefusal => (isPartnerRefusal(text) ? text : PartnerRefusal.OTHER);

/** A movement that was opened and has failed is no refusal of the number: it may be sent again. */
const failedNow = { kind: 'refused', isFinal: false } as const;

const byStatus: Readonly<Record<number, PartnerRefusal>> = {
  400: PartnerRefusal.MALFORMED,
  401: PartnerRefusal.DENIED,
  403: PartnerRefusal.DENIED,
  409: PartnerRefusal.BUSY,
  429: PartnerRefusal.RATE_LIMITED,
};

function refusalOf({ status, body }: HttpAnswer & { readonly kind: 'answered' }): PartnerRefusal {
  const code = codeOf(body);
  return isPartnerRefusal(code) ? code : (byStatus[status] ?? PartnerRefusal.OTHER);
}

const codeOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)['code'] : undefined;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
