/** What an application asks for, checked; and what makes two of them the same one (P5). */
import { hash } from 'node:crypto';
import { RefundScope, refuse, refuseViolations } from '@ordo/contracts';
import { type CallerIdentity, keyDigestOf } from '@ordo/platform';
import type { RefundDigests } from '../record/refund-record.js';
import type { AskedRefund } from '../refund-amounts/refund-amounts.rules.js';
import type { ApplyRefund } from './apply-refund.js';

const IDEM_BYTES = 16;

/** Scope and its own field go together; another scope's field is a mistake and not ignored. */
export function askedOf({ scope, items, amount }: ApplyRefund, withDelivery: boolean): AskedRefund {
  const wanted: readonly string[] = { FULL: [], ITEMS: ['items'], AMOUNT: ['amount'] }[scope];
  const given = { items: items !== undefined, amount: amount !== undefined };
  const violations = (['items', 'amount'] as const).flatMap((field) => {
    if (wanted.includes(field) === given[field]) return [];
    return [
      {
        field,
        rule: 'scope',
        message: wanted.includes(field) ? `is needed with ${scope}` : `is not taken with ${scope}`,
      },
    ];
  });
  if (violations.length > 0) throw refuseViolations(violations);
  if (scope === RefundScope.ITEMS) return { scope, items: items ?? [] };
  return scope === RefundScope.AMOUNT ? { scope, amount: amount ?? 0 } : { scope, withDelivery };
}

/** Whose key it is: one person's keys never meet another's. */
const actorOf = ({ userId, merchantId, subject }: CallerIdentity): string => {
  if (userId !== undefined) return `user:${userId}`;
  return merchantId === undefined ? `service:${subject}` : `merchant:${merchantId}`;
};

/** Throws IDEMPOTENCY_KEY_MISSING, or INVALID_ARGUMENT for a malformed key. */
export function digestsOf(command: ApplyRefund, key: string | undefined, caller: CallerIdentity): RefundDigests {
  const keyDigest = keyDigestOf(key).toString('hex');
  return { idem: idemDigest(`${actorOf(caller)}/${keyDigest}`), request: requestDigest(command) };
}

/** Of a refund that an event begins: the same event begins it once. */
export const eventDigests = (name: string): RefundDigests => ({
  idem: idemDigest(`event/${name}`),
  request: hash('sha256', name, 'buffer'),
});

const idemDigest = (name: string): Buffer => hash('sha256', name, 'buffer').subarray(0, IDEM_BYTES);

function requestDigest({ orderId, scope, items = [], amount = 0, reason, evidence }: ApplyRefund): Buffer {
  const lines = items.map(({ itemId, quantity }) => [itemId, quantity]);
  return hash('sha256', JSON.stringify([orderId, scope, lines, amount, reason, evidence]), 'buffer');
}

export const reusedKey = (refundId: string): Error =>
  refuse('IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key was used for another refund; use a new key for a new one', {
    refundId,
    violations: [{ field: 'Idempotency-Key', rule: 'unique', message: 'stands for another request body' }],
  });
