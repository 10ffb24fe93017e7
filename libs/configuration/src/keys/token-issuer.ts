/** Mints tokens for demonstrations, benches and specs. Production tokens come from the identity provider. */
import { importJWK, SignJWT } from 'jose';
import { readKeySet } from './key-set.js';

export interface TokenRequest {
  readonly subject: string;
  readonly grants: readonly string[];
  readonly userId?: string;
  readonly merchantId?: string;
  readonly roles?: readonly number[];
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
  /** Epoch ms; default now. */
  readonly issuedAtMs?: number;
}

/** A token signed by the first key of the set that can sign (an HS256 secret or a private key). Throws an Error when none can. */
export async function issueToken(keys: string, request: TokenRequest): Promise<string> {
  const jwk = readKeySet(keys).keys.find((key) => key.kty === 'oct' || key.d !== undefined);
  if (jwk?.alg === undefined)
    throw new Error('The key set holds public keys only: it can verify tokens, not make them.');
  const issuedAt = Math.floor((request.issuedAtMs ?? Date.now()) / 1000);
  const { subject, issuer, audience, lifetimeSeconds, issuedAtMs: _issuedAtMs, ...claims } = request;
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: jwk.alg, typ: 'JWT', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(await importJWK(jwk, jwk.alg));
}
