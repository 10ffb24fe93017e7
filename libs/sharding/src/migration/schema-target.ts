import { invariant } from '@ordo/kernel';
import { LANE_COUNT, laneNode } from '../placement/shard.js';

/** What the runner needs to know of a placement; `Placement` is one, a spec brings three shards. */
export interface MigrationPlacement {
  readonly nodeCount: number;
  userShardsOf(node: number): readonly number[];
  merchantShardsOf(node: number): readonly number[];
}

/** One schema on one node. The `…node` schemas exist on every node; all others exist once. */
export interface SchemaTarget {
  readonly node: number;
  readonly dimension: Dimension;
  readonly schema: string;
}

/** The prefix of production; a spec takes another, so that it disturbs nobody. */
export const SCHEMA_PREFIX = 'ordo_';
/** The control schema lives where DESIGN §2 puts it. */
const CONTROL_NODE = 0;
/** Schema names are written into statements as they are. */
const PREFIX_RULE = /^[a-z][a-z0-9_]{0,29}_$/;
const SHARD_NAME = /^(.*_)(\d{2,3})$/;

/** Which schemas of a dimension a node has: numbered ones, of so many digits, or one of the dimension's own name. */
interface Layout {
  readonly digits?: number;
  readonly numbersOf: (placement: MigrationPlacement, node: number) => readonly number[];
}

const ONE: readonly number[] = [0];
const onEveryNode: Layout = { numbersOf: () => ONE };
const onControlNode: Layout = { numbersOf: (_, node) => (node === CONTROL_NODE ? ONE : []) };
const lanesOf = ({ nodeCount }: MigrationPlacement, node: number): readonly number[] =>
  Array.from({ length: LANE_COUNT }, (_, lane) => lane).filter((lane) => laneNode(lane, nodeCount) === node);

/** Every dimension of the house. The order app's are the first four; each other app has its shards, and one schema per node beside them. */
const layouts = {
  user: { digits: 3, numbersOf: (placement, node) => placement.userShardsOf(node) },
  merchant: { digits: 3, numbersOf: (placement, node) => placement.merchantShardsOf(node) },
  node: onEveryNode,
  control: onControlNode,
  aftersale: { digits: 2, numbersOf: lanesOf },
  aftersale_node: onEveryNode,
  delivery: { digits: 3, numbersOf: (placement, node) => placement.userShardsOf(node) },
  delivery_node: onEveryNode,
  delivery_control: onControlNode,
} as const satisfies Readonly<Record<string, Layout>>;

export type Dimension = keyof typeof layouts;
export const dimensions = Object.keys(layouts) as readonly Dimension[];

/** Every schema of one node, of the dimensions that are asked for: shards by number, node schemas, and control on node 0. */
export function targetsOf(
  placement: MigrationPlacement,
  node: number,
  prefix = SCHEMA_PREFIX,
  asked: Iterable<Dimension> = dimensions,
): readonly SchemaTarget[] {
  invariant(PREFIX_RULE.test(prefix), `schema prefix "${prefix}" does not match ${PREFIX_RULE.source}`);
  const wanted = new Set(asked);
  return dimensions
    .filter((dimension) => wanted.has(dimension))
    .flatMap((dimension) => {
      const { digits, numbersOf }: Layout = layouts[dimension];
      const name = `${prefix}${dimension}`;
      return numbersOf(placement, node).map((number) => ({
        node,
        dimension,
        schema: digits === undefined ? name : `${name}_${String(number).padStart(digits, '0')}`,
      }));
    });
}

/**
 * Names schemas for a human, runs of shards compressed: "ordo_user_003, ordo_merchant_010…012, ordo_node (node 1)".
 * A run is of consecutive numbers, whatever nodes they lie on.
 */
export function nameSchemas(targets: readonly SchemaTarget[]): string {
  const byFamily = new Map<string, string[]>();
  const single: string[] = [];
  for (const { schema, node } of targets) {
    const [, family, digits] = SHARD_NAME.exec(schema) ?? [];
    if (family === undefined || digits === undefined) single.push(`${schema} (node ${node})`);
    else byFamily.set(family, [...(byFamily.get(family) ?? []), digits]);
  }
  const runs = [...byFamily].flatMap(([family, texts]) => compress(texts).map((run) => family + run));
  return [...runs, ...single].join(', ');
}

/** The numbers of one family are padded to one width, so their texts sort as they do. */
function compress(texts: readonly string[]): string[] {
  const runs: { from: string; to: string }[] = [];
  for (const text of [...texts].sort()) {
    const last = runs.at(-1);
    if (last !== undefined && Number(text) === Number(last.to) + 1) last.to = text;
    else runs.push({ from: text, to: text });
  }
  return runs.map(({ from, to }) => (from === to ? from : `${from}…${to}`));
}
