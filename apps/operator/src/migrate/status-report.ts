import { type Dimension, dimensions, nameSchemas, type SchemaStatus } from '@ordo/sharding';

const LONGEST = Math.max(...dimensions.map(({ length }) => length));

/** One line per dimension and migration: on how many schemas it is, and which lack it. */
export function statusReport(statuses: readonly SchemaStatus[]): { lines: readonly string[]; isCurrent: boolean } {
  return {
    lines: dimensions.flatMap((dimension) => dimensionLines(dimension, statuses)),
    isCurrent: statuses.every(({ pending, altered }) => pending.length === 0 && altered.length === 0),
  };
}

function dimensionLines(dimension: Dimension, statuses: readonly SchemaStatus[]): readonly string[] {
  const own = statuses.filter((status) => status.dimension === dimension);
  const names = new Set(own.flatMap(({ applied, pending, altered }) => [...applied, ...pending, ...altered]));
  return [...names].sort().map((name) => {
    const applied = own.filter((status) => status.applied.includes(name));
    const notes = [
      note(
        'pending in',
        own.filter((status) => status.pending.includes(name)),
      ),
      note(
        'ALTERED in',
        own.filter((status) => status.altered.includes(name)),
      ),
    ].filter((text) => text !== '');
    const count = `${applied.length}/${own.length}`.padStart('120/120'.length);
    return [`${dimension.padEnd(LONGEST)}  ${count}  ${name}`, ...notes].join('  ');
  });
}

function note(label: string, statuses: readonly SchemaStatus[]): string {
  return statuses.length === 0 ? '' : `${label} ${nameSchemas(statuses)}`;
}
