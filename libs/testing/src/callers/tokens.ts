/**
 * Bearer tokens for specs, signed with the key of the stack's ORDO_AUTH_KEYS. Every grant unless the spec takes some away. Made as an identity
 * provider makes them, by nothing of ours: and a spec that is only a client need not load the fronts of an app, which takes it two seconds.
 */
import { readFileSync } from 'node:fs';
import type { TokenRequest } from '@ordo/configuration';
import { callerGrants, roles } from '@ordo/contracts';
import { importJWK, type JWK, SignJWT } from 'jose';
import { testStack } from '../stack/test-stack.js';

/** The defaults of ORDO_AUTH_ISSUER and ORDO_AUTH_AUDIENCE. */
const ISSUER = 'ordo';
/** Longer than any spec runs. */
const LIFETIME_SECONDS = 3_600;

const defaults: TokenRequest = {
  ...{ subject: 'spec', grants: callerGrants, issuer: ISSUER, audience: ISSUER, lifetimeSeconds: LIFETIME_SECONDS },
};

/** Bound to nobody and without a role: it can read and place, and act as nobody. */
export async function aToken(asked: Partial<TokenRequest> = {}): Promise<string> {
  const key = signingKey();
  const { subject, issuer, audience, lifetimeSeconds, issuedAtMs, ...claims } = { ...defaults, ...asked };
  const issuedAt = Math.floor((issuedAtMs ?? Date.now()) / 1_000);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: key.alg, typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(await importJWK(key, key.alg));
}

/** The keys themselves, or `file:` and where they are, as the apps read them. */
function signingKey(): JWK & { alg: string } {
  const { authKeys } = testStack();
  const text = authKeys.startsWith('file:') ? readFileSync(authKeys.slice('file:'.length), 'utf8') : authKeys;
  const keys = (JSON.parse(text) as { keys: JWK[] }).keys;
  const key = keys.find(({ kty, d }) => kty === 'oct' || d !== undefined);
  if (key?.alg === undefined)
    throw new Error('ORDO_AUTH_KEYS holds no key that can sign, so that specs have no tokens');
  return { ...key, alg: key.alg };
}

export const aUserToken = (userId: string, claims: Partial<TokenRequest> = {}): Promise<string> =>
  aToken({ userId, ...claims });

export const aMerchantToken = (merchantId: string, claims: Partial<TokenRequest> = {}): Promise<string> =>
  aToken({ merchantId, ...claims });

/** A service of our own that may act in every role. */
export const aServiceToken = (claims: Partial<TokenRequest> = {}): Promise<string> => aToken({ roles, ...claims });
