/**
 * What makes two placements the same one (P5). The key is kept as a digest because it is the caller's text of any length; the body as
 * a digest of its meaning, so that another order of properties is the same body.
 */
import { hash } from 'node:crypto';
import { refuse } from '@ordo/contracts';
import type { OrderExt } from '../record/order-record.js';
import type { PlaceOrder } from './place-order.js';

/** Half a SHA-256: two of a user's keys meet by chance once in 2^64. */
const KEY_DIGEST_BYTES = 16;
const MAX_KEY_LENGTH = 128;
const PRINTABLE = /^[\x21-\x7e]+$/;

/** The digest under which a user's key is unique. Throws IDEMPOTENCY_KEY_MISSING, or INVALID_ARGUMENT for a malformed key. */
export function keyDigestOf(key: string | undefined): Buffer {
  if (key === undefined || key === '') {
    throw refuse('IDEMPOTENCY_KEY_MISSING', 'a placement needs the header Idempotency-Key', {
      violations: [{ field: 'Idempotency-Key', rule: 'required', message: 'must be present' }],
    });
  }
  if (key.length > MAX_KEY_LENGTH || !PRINTABLE.test(key)) {
    const message = `must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters without spaces`;
    throw refuse('INVALID_ARGUMENT', `Idempotency-Key ${message}`, {
      violations: [{ field: 'Idempotency-Key', rule: 'format', message }],
    });
  }
  return hash('sha256', key, 'buffer').subarray(0, KEY_DIGEST_BYTES);
}

const sortedKeys = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** The digest of what was asked for. `ext` is built by us in a fixed order; only the extension is as the caller wrote it. */
export function requestDigestOf(command: PlaceOrder, ext: OrderExt): Buffer {
  const { bizType, userId, merchantId, currency, payAmount } = command;
  const { extension, ...fixed } = ext;
  const meaning = JSON.stringify([bizType, userId, merchantId, currency, payAmount, fixed]);
  return hash('sha256', meaning + JSON.stringify(extension, sortedKeys), 'buffer');
}
