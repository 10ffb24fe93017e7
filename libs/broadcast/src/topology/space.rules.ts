/**
 * The space of an environment: a word before every name on the broker. Two environments that share a virtual host differ in it, or the
 * second one is turned away by the claim of the first (`environment-claim.ts`).
 */
import { invariant } from '@ordo/kernel';

/** Fits the broker's names and listings; short, because queue names are long already. */
const SPACE = /^[a-z][a-z0-9-]{0,15}$/;

/** `name` as it is called in `space`; in the empty space names are as the files say. */
export function spaced(space: string, name: string): string {
  return space === '' ? name : `${space}.${name}`;
}

/** Throws InvariantViolation for a space that would not be one word of a name. */
export function assertSpace(space: string): void {
  invariant(space === '' || SPACE.test(space), 'a space is a lower-case word of at most 16 characters', { space });
}
