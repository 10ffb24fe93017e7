import type { MigrationProgress } from '@ordo/sharding';

/** One line per this many schemas: enough to see that it moves, few enough to read in a CI log. */
const LINE_EVERY = 40;

export function migrationProgress(tell: (line: string) => void): (progress: MigrationProgress) => void {
  return (progress) => {
    if (progress.kind === 'waiting') {
      tell(`another run holds the lock of node ${progress.node} (${progress.holder}); waiting for it`);
    } else if (progress.kind === 'planned') {
      if (progress.pendingSchemas > 0) tell(`${progress.pendingSchemas} of ${progress.schemas} schemas to migrate`);
    } else if (progress.done % LINE_EVERY === 0 || progress.done === progress.total) {
      tell(`${progress.done}/${progress.total} schemas (${progress.schema} on node ${progress.node})`);
    }
  };
}
