/**
 * A promise that an order carries: what was promised and under which rules, signed, so that whoever places the order cannot make it earlier
 * than it was. The delivery app alone makes and trusts it; others read the instant (`promisedInstantOf`).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FrozenPromise {
  readonly promisedAtMs: number;
  readonly bizType: string;
  readonly city: string;
  /** Of the late tiers; null where lateness is worth nothing. */
  readonly tierVersion: number | null;
  /** Whose tiers: the city's own, or those of every city. */
  readonly tierCity: string | null;
  readonly lane: string;
  readonly laneVersion: number;
}

const PREFIX = 'p1';
/** One secret signs for several purposes; a signature of one is never one of another. */
const PURPOSE = 'ordo.promise.v1:';

/** `secrets`: the first signs, all of them verify, so that a rotation needs no moment of silence. */
export class PromiseTokens {
  constructor(private readonly secrets: readonly [string, ...string[]]) {}

  make(promise: FrozenPromise): string {
    const { promisedAtMs, bizType, city, tierVersion, tierCity, lane, laneVersion } = promise;
    const facts = JSON.stringify([promisedAtMs, bizType, city, tierVersion, tierCity, lane, laneVersion]);
    const body = Buffer.from(facts).toString('base64url');
    return `${PREFIX}.${body}.${signatureOf(body, this.secrets[0]).toString('base64url')}`;
  }

  /** Undefined for a text that we did not make: then nothing was promised. */
  read(token: string): FrozenPromise | undefined {
    const [prefix, body, signature, ...more] = token.split('.');
    if (prefix !== PREFIX || body === undefined || signature === undefined || more.length > 0) return undefined;
    const given = Buffer.from(signature, 'base64url');
    const isOurs = this.secrets.some((secret) => {
      const made = signatureOf(body, secret);
      return made.length === given.length && timingSafeEqual(made, given);
    });
    if (!isOurs) return undefined;
    const [promisedAtMs, bizType, city, tierVersion, tierCity, lane, laneVersion] = JSON.parse(
      Buffer.from(body, 'base64url').toString(),
    ) as [number, string, string, number | null, string | null, string, number];
    return { promisedAtMs, bizType, city, tierVersion, tierCity, lane, laneVersion };
  }
}

const signatureOf = (body: string, secret: string): Buffer =>
  createHmac('sha256', secret)
    .update(PURPOSE + body)
    .digest();
