/** Tokens for specs, signed with the key of the test stack. */
import { callerGrants, Role } from '@ordo/contracts';
import { issueToken, type TokenRequest } from '@ordo/platform';
import { servers } from './servers.js';

type Claims = Partial<TokenRequest>;

export function aToken(claims: Claims = {}): Promise<string> {
  return issueToken(servers().authKeys, {
    subject: 'spec',
    grants: callerGrants,
    issuer: 'ordo',
    audience: 'ordo',
    lifetimeSeconds: 3_600,
    ...claims,
  });
}

export const userToken = (userId: string, claims: Claims = {}): Promise<string> => aToken({ userId, ...claims });
export const merchantToken = (merchantId: string, claims: Claims = {}): Promise<string> =>
  aToken({ merchantId, ...claims });
/** A service of our own that may act in every role. */
export const serviceToken = (claims: Claims = {}): Promise<string> => aToken({ roles: Object.values(Role), ...claims });
