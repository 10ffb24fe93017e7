import { ConfigurationError } from '@ordo/configuration';
import { ErrorFamily, OrdoError } from '@ordo/kernel';
import { CommanderError } from 'commander';

/** What an operator reads when a command fails: the message for what was to be expected, the stack for a bug of ours. */
export function explain(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof CommanderError) return error.message;
  if (error instanceof OrdoError && error.family !== ErrorFamily.INVARIANT) return `${error.message} [${error.code}]`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
