/**
 * Claims → caller. A verified signature says who wrote the token, not that it is well formed: every claim that decides what a
 * caller may do is checked, and a token that is half readable is refused whole.
 */
import { isDecimalId } from '@ordo/kernel';
import type { JWTPayload } from 'jose';
import type { CallerIdentity } from './caller-identity.js';
import { TokenRule, unauthenticated } from './identity.errors.js';

/** `resource:action`, as the operations of the contract are named. */
const GRANT = /^[a-z][a-z-]{0,31}:[a-z*][a-z-]{0,31}$/;
const MAX_GRANTS = 64;
const MAX_SUBJECT_LENGTH = 128;
/** Role codes are TINYINT in the tables. */
const MAX_ROLE = 127;

/** The caller that `claims` describe: sub, grants[], userId or merchantId or neither, roles[] (unbound callers only). */
export function callerOf(claims: JWTPayload): CallerIdentity {
  const { sub, userId, merchantId } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_LENGTH) throw refusedClaim('sub');
  if (userId !== undefined && !isDecimalId(userId)) throw refusedClaim('userId');
  if (merchantId !== undefined && (!isDecimalId(merchantId) || userId !== undefined)) throw refusedClaim('merchantId');
  const roles = rolesOf(claims['roles']);
  // A bound caller's role follows from its binding; a roles claim beside it would be a way out of it.
  if (roles.length > 0 && (userId !== undefined || merchantId !== undefined)) throw refusedClaim('roles');
  return Object.freeze({
    subject: sub,
    grants: grantsOf(claims['grants']),
    roles,
    ...(userId === undefined ? {} : { userId }),
    ...(merchantId === undefined ? {} : { merchantId }),
  });
}

function grantsOf(claim: unknown): ReadonlySet<string> {
  if (!Array.isArray(claim) || claim.length > MAX_GRANTS) throw refusedClaim('grants');
  if (!claim.every((grant): grant is string => typeof grant === 'string' && GRANT.test(grant)))
    throw refusedClaim('grants');
  return new Set(claim);
}

function rolesOf(claim: unknown): readonly number[] {
  if (claim === undefined) return [];
  const known = (role: unknown): role is number =>
    Number.isInteger(role) && (role as number) >= 1 && (role as number) <= MAX_ROLE;
  if (!Array.isArray(claim) || claim.length > MAX_ROLE || !claim.every(known)) throw refusedClaim('roles');
  return Object.freeze([...claim]);
}

function refusedClaim(claim: string) {
  return unauthenticated(TokenRule.CLAIMS, claim);
}
