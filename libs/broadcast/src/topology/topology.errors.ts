import { ErrorFamily, OrdoError } from '@ordo/kernel';

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

/**
 * The virtual host belongs to another environment. Nothing was declared and nothing may be published: give this environment a virtual
 * host of its own (in the URL) or a space of its own (`ORDO_SPACE`).
 */
export class ForeignEnvironment extends OrdoError {
  readonly family = ErrorFamily.INVARIANT;

  constructor(space: string, environment: string, owner: string) {
    const where = space === '' ? 'this virtual host' : `the space ${space} of this virtual host`;
    super('FOREIGN_ENVIRONMENT', `${where} belongs to the environment ${owner}, not to ${environment}`, {
      ...{ space, environment, owner },
    });
  }
}
