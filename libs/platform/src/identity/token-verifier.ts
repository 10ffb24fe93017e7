/**
 * Bearer tokens. A signature check costs tens of microseconds of CPU and a promise or two, so a verified token is remembered by
 * its text until it expires, and `verifyCached` answers without a promise. Refused tokens are not remembered.
 */
import {
  ConfigurationError,
  importKeySet,
  readKeySet,
  unfitForProduction,
  type VerificationKey,
} from '@ordo/configuration';
import { type Clock, systemClock } from '@ordo/kernel';
import { errors, type JWSHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { CallerIdentity } from './caller-identity.js';
import { callerOf } from './claims.js';
import { TokenRule, unauthenticated } from './identity.errors.js';

/** Hosts that keep time by NTP differ by far less; more would only lengthen a stolen token's life. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** About 10 MB of tokens at 1 KB each; a larger population only verifies again. */
const REMEMBERED_TOKENS = 10_000;
/** A header line of 8 KB is what proxies commonly allow; a caller's claims need a tenth of that. */
const MAX_TOKEN_LENGTH = 4096;

export interface TokenVerifierOptions {
  /** The text of ORDO_AUTH_KEYS: a JWK set, or `file:<path>` to one. */
  readonly keys: string;
  readonly issuer: string;
  readonly audience: string;
  readonly environment: string;
  readonly clock?: Clock;
}

interface Remembered {
  readonly caller: CallerIdentity;
  readonly expiresAtMs: number;
}

export class TokenVerifier {
  private readonly remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_TOKENS });
  private readonly clock: Clock;

  private constructor(
    private readonly keys: readonly VerificationKey[],
    private readonly options: TokenVerifierOptions,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  /** Imports the keys. Throws a ConfigurationError when they are unusable, or not allowed in this environment. */
  static async create(options: TokenVerifierOptions): Promise<TokenVerifier> {
    try {
      const keySet = readKeySet(options.keys);
      const unfit = options.environment === 'production' ? unfitForProduction(keySet) : undefined;
      if (unfit !== undefined) throw new Error(unfit);
      return new TokenVerifier(await importKeySet(keySet), options);
    } catch (error) {
      throw new ConfigurationError([{ name: 'ORDO_AUTH_KEYS', rule: (error as Error).message }]);
    }
  }

  /** The caller of a token that was verified before and has not expired; undefined means: call {@link verify}. */
  verifyCached(token: string): CallerIdentity | undefined {
    const known = this.remembered.get(token);
    if (known === undefined) return undefined;
    if (this.clock.nowMs() < known.expiresAtMs) return known.caller;
    this.remembered.delete(token);
    return undefined;
  }

  /** The caller behind `token`. Throws Refusal UNAUTHENTICATED with `details.rule`; the token itself is in no message. */
  async verify(token: string): Promise<CallerIdentity> {
    const known = this.verifyCached(token);
    if (known !== undefined) return known;
    if (token.length > MAX_TOKEN_LENGTH) throw unauthenticated(TokenRule.MALFORMED);
    const claims = await this.claimsOf(token);
    const caller = callerOf(claims);
    this.remembered.set(token, { caller, expiresAtMs: (claims.exp as number) * 1000 });
    return caller;
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keyFor(header), {
        issuer: this.options.issuer,
        audience: this.options.audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.clock.nowMs()),
      });
      return payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private keyFor(header: JWSHeaderParameters): VerificationKey['key'] {
    const named = this.keys.filter((key) => header.kid === undefined || key.kid === header.kid);
    if (named.length === 0) throw unauthenticated(TokenRule.UNKNOWN_KEY);
    const fitting = named.filter((key) => key.alg === header.alg);
    if (fitting.length === 0) throw unauthenticated(TokenRule.ALGORITHM);
    const [only, other] = fitting;
    // Without a kid there must be no choice: trying keys one by one invites a token made for the weakest.
    if (only === undefined || other !== undefined) throw unauthenticated(TokenRule.UNKNOWN_KEY);
    return only.key;
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return unauthenticated(TokenRule.EXPIRED);
  if (error instanceof errors.JWTClaimValidationFailed) return unauthenticated(ruleOfClaim(error.claim), error.claim);
  if (error instanceof errors.JWSSignatureVerificationFailed) return unauthenticated(TokenRule.SIGNATURE);
  if (error instanceof errors.JOSEError) return unauthenticated(TokenRule.MALFORMED);
  return error;
}

function ruleOfClaim(claim: string): TokenRule {
  if (claim === 'iss') return TokenRule.ISSUER;
  if (claim === 'aud') return TokenRule.AUDIENCE;
  if (claim === 'nbf') return TokenRule.NOT_YET_VALID;
  return TokenRule.CLAIMS;
}
