/** Refusals of the door: who are you (401), and may you (403). Neither ever repeats a token. */
import { Refusal } from '@ordo/kernel';

export const TokenRule = {
  MISSING: 'missing',
  MALFORMED: 'malformed',
  UNKNOWN_KEY: 'unknownKey',
  ALGORITHM: 'algorithm',
  SIGNATURE: 'signature',
  EXPIRED: 'expired',
  NOT_YET_VALID: 'notYetValid',
  ISSUER: 'issuer',
  AUDIENCE: 'audience',
  CLAIMS: 'claims',
} as const;
export type TokenRule = (typeof TokenRule)[keyof typeof TokenRule];

const EXPLANATIONS: Readonly<Record<TokenRule, string>> = {
  missing: 'The request carries no bearer token; send "Authorization: Bearer <token>".',
  malformed: 'The bearer token is not a signed JWT.',
  unknownKey: 'The bearer token is signed by a key that is not in the key set.',
  algorithm: 'The bearer token names an algorithm that its key does not allow.',
  signature: 'The signature of the bearer token does not verify.',
  expired: 'The bearer token has expired; get a new one.',
  notYetValid: 'The bearer token is not valid yet.',
  issuer: 'The bearer token comes from another issuer.',
  audience: 'The bearer token is meant for another audience.',
  claims: 'The bearer token is signed well but its claims cannot be read as a caller.',
};

export function unauthenticated(rule: TokenRule, claim?: string): Refusal {
  return new Refusal('UNAUTHENTICATED', EXPLANATIONS[rule], claim === undefined ? { rule } : { rule, claim });
}

export function forbidden(grant: string): Refusal {
  return new Refusal('FORBIDDEN', `The caller lacks the grant ${grant}.`, { rule: 'grant', grant });
}

/** The `WWW-Authenticate` value (RFC 6750 §3) of an UNAUTHENTICATED refusal. */
export function challenge(refusal: Refusal): string {
  const rule = refusal.details['rule'];
  if (rule === TokenRule.MISSING) return 'Bearer realm="ordo"';
  return `Bearer realm="ordo", error="invalid_token", error_description="${String(rule)}"`;
}
