import { issueToken, loadConfig, ordoVariables } from '@ordo/configuration';
import { Refusal } from '@ordo/kernel';
import type { TokenDescription } from './token-claims.js';

const { authKeys, authIssuer, authAudience } = ordoVariables;

/**
 * Signs with the first key of ORDO_AUTH_KEYS that can sign. A set of public keys only (production) signs nothing: there,
 * tokens come from the identity provider. No message repeats a key.
 */
export async function signToken({ subject, claims, ttlSeconds }: TokenDescription): Promise<string> {
  const config = loadConfig({ authKeys, authIssuer, authAudience });
  try {
    return await issueToken(config.authKeys, {
      ...claims,
      subject,
      issuer: config.authIssuer,
      audience: config.authAudience,
      lifetimeSeconds: ttlSeconds,
    });
  } catch (error) {
    throw new Refusal(
      'AUTH_KEYS_UNUSABLE',
      'ORDO_AUTH_KEYS holds no key that can sign: development tokens need an HS256 or private key',
      {},
      { cause: error },
    );
  }
}
