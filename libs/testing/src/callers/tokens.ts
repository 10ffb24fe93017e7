/** Bearer tokens for specs, signed with the first key of the stack's ORDO_AUTH_KEYS that can sign. Every grant unless the spec takes some away. */
import { callerGrants, roles } from '@ordo/contracts';
import { issueToken, type TokenRequest } from '@ordo/platform';
import { testStack } from '../stack/test-stack.js';

/** The defaults of ORDO_AUTH_ISSUER and ORDO_AUTH_AUDIENCE. */
const ISSUER = 'ordo';
/** Longer than any spec runs. */
const LIFETIME_SECONDS = 3_600;

/** Bound to nobody and without a role: it can read and place, and act as nobody. */
export function aToken(claims: Partial<TokenRequest> = {}): Promise<string> {
  return issueToken(testStack().authKeys, {
    ...{ subject: 'spec', grants: callerGrants, issuer: ISSUER, audience: ISSUER, lifetimeSeconds: LIFETIME_SECONDS },
    ...claims,
  });
}

export const aUserToken = (userId: string, claims: Partial<TokenRequest> = {}): Promise<string> =>
  aToken({ userId, ...claims });

export const aMerchantToken = (merchantId: string, claims: Partial<TokenRequest> = {}): Promise<string> =>
  aToken({ merchantId, ...claims });

/** A service of our own that may act in every role. */
export const aServiceToken = (claims: Partial<TokenRequest> = {}): Promise<string> => aToken({ roles, ...claims });
