/**
 * Bearer tokens. A signature check costs tens of microseconds of CPU, so a verified token is remembered by its text until it
 * expires, and `verifyCached` answers without a promise.
 */
import type { CallerIdentity } from './caller-identity.js';

export interface TokenVerifier {
  /** The caller behind `token`. Throws Refusal UNAUTHENTICATED with `details.rule`; the token itself is in no message. */
  verify(token: string): Promise<CallerIdentity>;
  /** The caller of a token that was verified before and has not expired; undefined means: call {@link verify}. */
  verifyCached(token: string): CallerIdentity | undefined;
}
