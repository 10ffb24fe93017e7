import { ErrorFamily, OrdoError, Transient } from '@ordo/kernel';

/** The checked-in files break a rule. Nothing was declared. `details.problems` holds all of them. */
export class InvalidTopology extends OrdoError {
  readonly family = ErrorFamily.INVARIANT;

  constructor(problems: readonly string[]) {
    super('INVALID_TOPOLOGY', `the topology files have ${problems.length} problem(s): ${problems.join('; ')}`, {
      problems,
    });
  }
}

/**
 * The broker holds queues or exchanges with other settings than the files. They are left as they are: to change one, drain
 * and delete it by hand, or give the queue a new purpose. Everything that does not differ was declared.
 */
export class TopologyMismatch extends OrdoError {
  readonly family = ErrorFamily.INVARIANT;

  constructor(problems: readonly string[]) {
    super('TOPOLOGY_MISMATCH', `the broker differs from the files: ${problems.join('; ')}`, { problems });
  }
}

/** The broker is away or did not answer in time; declaring again is safe. */
export function brokerUnavailable(cause: unknown): Transient {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Transient('BROKER_UNAVAILABLE', `the broker did not answer: ${reason}`, 1_000, {}, { cause });
}
