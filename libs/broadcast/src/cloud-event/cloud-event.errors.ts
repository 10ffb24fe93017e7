import { ErrorFamily, OrdoError } from '@ordo/kernel';

/**
 * A message that is no event of ours. Of the invariant family: no retry can mend it, so it goes to the dead-letter queue.
 * Its details name the attributes and the rules, never the values.
 */
export class UnreadableEvent extends OrdoError {
  readonly family = ErrorFamily.INVARIANT;

  constructor(problems: readonly string[], options?: { cause?: unknown }) {
    super('UNREADABLE_EVENT', `not a readable event: ${problems.join('; ')}`, { problems }, options);
  }
}
