/** A callback of the signed-HTTP contract: who sent it, and what it says. */
import { refuse } from '@ordo/contracts';
import { isMinorAmount } from '@ordo/kernel';
import { verifyMessage } from '@ordo/platform';
import type { PartnerRefusal } from './partner-answer.js';
import { reasonOf } from './signed-http-answers.js';

/** A delivery as it arrived: the bytes, not what a parser made of them. */
export interface RawCallback {
  readonly body: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What a verified callback says of a movement. */
export interface MovementEvent {
  readonly number: string;
  readonly outcome: 'succeeded' | 'failed' | 'pending';
  /** Why, for a failure. */
  readonly reason: PartnerRefusal | null;
  readonly reference: string | null;
  readonly amount: number;
  readonly currency: string;
  /** Epoch ms, by the partner's clock. */
  readonly occurredAtMs: number;
  /** Unique per delivery. */
  readonly replayKey: string;
}

type Document = Readonly<Record<string, unknown>>;

/**
 * The event in `callback`, whose number is in `field`. Every rule that it breaks is our contract's, so the sender may be told which.
 * @throws Refusal SIGNATURE_INVALID, SIGNATURE_EXPIRED, CALLBACK_UNREADABLE.
 */
export function readCallback(
  { body, headers }: RawCallback,
  field: string,
  secrets: readonly string[],
  nowMs: number,
): MovementEvent {
  const { nonce } = verifyMessage(body, headers, secrets, nowMs);
  const document = documentOf(body);
  const { status: outcome, amount, reason, reference } = document;
  if (outcome !== 'succeeded' && outcome !== 'failed' && outcome !== 'pending') {
    throw unreadable('status', 'must be one of pending, succeeded, failed');
  }
  if (!isMinorAmount(amount)) throw unreadable('amount', 'must be an amount in minor units');
  const occurredAtMs = Date.parse(textOf(document, 'occurredAt'));
  if (Number.isNaN(occurredAtMs)) throw unreadable('occurredAt', 'must be an instant');
  return {
    ...{ number: textOf(document, field), outcome, amount, currency: textOf(document, 'currency'), occurredAtMs },
    reason: outcome === 'failed' ? reasonOf(typeof reason === 'string' ? reason : null) : null,
    reference: typeof reference === 'string' ? reference : null,
    replayKey: nonce,
  };
}

function documentOf(body: Buffer): Document {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    if (typeof document === 'object' && document !== null) return document as Document;
  } catch {
    throw unreadable('body', 'must be JSON');
  }
  throw unreadable('body', 'must be a JSON object');
}

function textOf(document: Document, name: string): string {
  const value = document[name];
  if (typeof value === 'string' && value !== '') return value;
  throw unreadable(name, 'must be a text');
}

const unreadable = (field: string, message: string): Error =>
  refuse('CALLBACK_UNREADABLE', `${field}: ${message}`, { violations: [{ field, rule: 'contract', message }] });
