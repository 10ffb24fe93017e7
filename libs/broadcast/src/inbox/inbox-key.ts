import { invariant } from '@ordo/kernel';

/** The columns' length; and nothing that would need quoting in a text literal or ends a hash tag. */
const KEY = /^[A-Za-z0-9._:-]{1,64}$/;

/** Throws InvariantViolation for a name that does not fit: cut to length, two would become one. */
export function assertInboxKey(what: string, key: string): void {
  invariant(KEY.test(key), `${what} is 1 to 64 letters, digits or ._:-`, { [what]: key });
}
