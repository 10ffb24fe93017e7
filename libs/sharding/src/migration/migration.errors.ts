import { type ErrorDetails, Refusal, Transient } from '@ordo/kernel';

/** Why migrations stop. None of them reaches a caller of the platform: an operator or a failed boot reads them. */

const RETRY_LOCK_MS = 5_000;

/** Another run holds the lock of a node; nothing was changed by this one. */
export class MigrationInProgress extends Transient {
  constructor(message: string, details: ErrorDetails) {
    super('MIGRATION_IN_PROGRESS', message, RETRY_LOCK_MS, details);
  }
}

/** A landed migration was edited afterwards: the schemas no longer are what the code says. Nothing was changed. */
export class MigrationAltered extends Refusal {
  constructor(message: string, details: ErrorDetails) {
    super('MIGRATION_ALTERED', message, details);
  }
}

/** A statement failed; what landed before it is recorded, and the next run goes on from there. */
export class MigrationFailed extends Refusal {
  constructor(message: string, details: ErrorDetails, cause: unknown) {
    super('MIGRATION_FAILED', message, details, { cause });
  }
}

/** An application met schemas without the migrations that it was built for; it must not start. */
export class SchemasBehind extends Refusal {
  constructor(message: string, details: ErrorDetails) {
    super('SCHEMAS_BEHIND', message, details);
  }
}
