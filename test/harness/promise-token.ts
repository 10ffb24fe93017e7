/**
 * A promise as the delivery app signs it, of any instant: an independent reading of the token's form, so that an order can be placed hours after it
 * was due. The app's own tokens promise the future alone.
 */
import { createHmac } from 'node:crypto';

const PURPOSE = 'ordo.promise.v1:';
const CITY = 'spec';
/** Of `late-tiers.ts`: 10 min late 400, 20 min 600, 30 min 1300. */
const TIERS = { version: 1, city: '*' };

export function aPromiseToken(promisedAtMs: number): string {
  const [secret = ''] = (process.env['ORDO_DELIVERY_SECRETS'] ?? '').split(',');
  const facts = [promisedAtMs, 'takeout', CITY, TIERS.version, TIERS.city, 'spec-late|spec-home|standard', 1];
  const body = Buffer.from(JSON.stringify(facts)).toString('base64url');
  const signature = createHmac('sha256', secret)
    .update(PURPOSE + body)
    .digest('base64url');
  return `p1.${body}.${signature}`;
}
