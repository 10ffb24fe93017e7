import { invariant } from '@ordo/kernel';
import type { Dimension } from './recorded-migration.js';

/** What the runner needs to know of a placement; `Placement` is one, a spec brings three shards. */
export interface MigrationPlacement {
  readonly nodeCount: number;
  userShardsOf(node: number): readonly number[];
  merchantShardsOf(node: number): readonly number[];
}

/** One schema on one node. Only `ordo_node` exists on every node; all others exist once. */
export interface SchemaTarget {
  readonly node: number;
  readonly dimension: Dimension;
  readonly schema: string;
}

/** The prefix of production; a spec takes another, so that it disturbs nobody. */
export const SCHEMA_PREFIX = 'ordo_';
/** The control schema lives where DESIGN §2 puts it. */
const CONTROL_NODE = 0;
const SHARD_DIGITS = 3;
/** Schema names are written into statements as they are. */
const PREFIX_RULE = /^[a-z][a-z0-9_]{0,29}_$/;
const SHARD_NAME = /^(.*_)(\d{3})$/;

/** Every schema of one node: its user shards, its merchant shards, the node schema, and control on node 0. */
export function targetsOf(
  placement: MigrationPlacement,
  node: number,
  prefix = SCHEMA_PREFIX,
): readonly SchemaTarget[] {
  invariant(PREFIX_RULE.test(prefix), `schema prefix "${prefix}" does not match ${PREFIX_RULE.source}`);
  const shards = (dimension: Dimension, numbers: readonly number[]): SchemaTarget[] =>
    numbers.map((shard) => ({
      node,
      dimension,
      schema: `${prefix}${dimension}_${String(shard).padStart(SHARD_DIGITS, '0')}`,
    }));
  return [
    ...shards('user', placement.userShardsOf(node)),
    ...shards('merchant', placement.merchantShardsOf(node)),
    { node, dimension: 'node', schema: `${prefix}node` },
    ...(node === CONTROL_NODE ? [{ node, dimension: 'control', schema: `${prefix}control` } as const] : []),
  ];
}

/**
 * Names schemas for a human, runs of shards compressed: "ordo_user_003, ordo_merchant_010…012, ordo_node (node 1)".
 * A run is of consecutive numbers, whatever nodes they lie on.
 */
export function nameSchemas(targets: readonly SchemaTarget[]): string {
  const byFamily = new Map<string, number[]>();
  const single: string[] = [];
  for (const { schema, node } of targets) {
    const [, family, digits] = SHARD_NAME.exec(schema) ?? [];
    if (family === undefined || digits === undefined) single.push(`${schema} (node ${node})`);
    else byFamily.set(family, [...(byFamily.get(family) ?? []), Number(digits)]);
  }
  const runs = [...byFamily].flatMap(([family, numbers]) => compress(numbers).map((run) => family + run));
  return [...runs, ...single].join(', ');
}

function compress(numbers: readonly number[]): string[] {
  const runs: { from: number; to: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number === last.to + 1) last.to = number;
    else runs.push({ from: number, to: number });
  }
  const text = (number: number): string => String(number).padStart(SHARD_DIGITS, '0');
  return runs.map(({ from, to }) => (from === to ? text(from) : `${text(from)}…${text(to)}`));
}
