/**
 * What everybody may read of a promise token: the instant. It is not proven here (the delivery app alone knows the secret), so it may only
 * decide what its bearer could have asked for anyway, such as how long an order waits for its delivery.
 */
const PREFIX = 'p1';

/** Epoch ms; undefined for a text that is no promise token. */
export function promisedInstantOf(token: unknown): number | undefined {
  if (typeof token !== 'string') return undefined;
  const [prefix, body = '', signature, ...more] = token.split('.');
  if (prefix !== PREFIX || signature === undefined || more.length > 0) return undefined;
  try {
    const facts: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    const first: unknown = Array.isArray(facts) ? facts[0] : undefined;
    return Number.isSafeInteger(first) ? (first as number) : undefined;
  } catch {
    return undefined;
  }
}
