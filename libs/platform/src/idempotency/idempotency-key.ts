/** The caller's name for one request (P5), kept as a digest because it is a text of any length. */
import { hash } from 'node:crypto';
import { refuse } from '@ordo/contracts';

/** Half a SHA-256: two of a user's keys meet by chance once in 2^64. */
const KEY_DIGEST_BYTES = 16;
const MAX_KEY_LENGTH = 128;
const PRINTABLE = /^[\x21-\x7e]+$/;

/** The digest under which a user's key is unique. Throws IDEMPOTENCY_KEY_MISSING, or INVALID_ARGUMENT for a malformed key. */
export function keyDigestOf(key: string | undefined): Buffer {
  if (key === undefined || key === '') {
    throw refuse('IDEMPOTENCY_KEY_MISSING', 'this operation needs the header Idempotency-Key', {
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
