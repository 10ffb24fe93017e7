import { InvariantViolation, invariant } from '@ordo/kernel';
import { isShard, laneNode, laneOf, SHARD_COUNT } from './shard.js';

/** Which node holds each shard: index = shard, value = node index. Both lists name every shard. */
export interface PlacementList {
  readonly user: readonly number[];
  readonly merchant: readonly number[];
}

/**
 * Where the shards of both dimensions lie. Placement is data: without a list it is interleaved, so that the user shard
 * and the merchant shard of one number lie on different nodes and one node's loss never takes both copies of an order.
 * A list that forgets a shard or names a node that does not exist is refused at construction, not at the first order.
 */
export class Placement {
  private readonly user: readonly number[];
  private readonly merchant: readonly number[];
  private readonly usersByNode: readonly (readonly number[])[];
  private readonly merchantsByNode: readonly (readonly number[])[];

  constructor(
    readonly nodeCount: number,
    list: PlacementList = interleaved(nodeCount),
  ) {
    invariant(Number.isInteger(nodeCount) && nodeCount >= 1, `a placement needs at least one node, got ${nodeCount}`);
    this.user = checked('user', list.user, nodeCount);
    this.merchant = checked('merchant', list.merchant, nodeCount);
    this.usersByNode = byNode(this.user, nodeCount);
    this.merchantsByNode = byNode(this.merchant, nodeCount);
  }

  userNode(shard: number): number {
    return nodeAt(this.user, shard);
  }

  merchantNode(shard: number): number {
    return nodeAt(this.merchant, shard);
  }

  /** The user shards of a node, ascending; empty for a node that holds none. */
  userShardsOf(node: number): readonly number[] {
    return this.usersByNode[node] ?? [];
  }

  /** The merchant shards of a node, ascending; empty for a node that holds none. */
  merchantShardsOf(node: number): readonly number[] {
    return this.merchantsByNode[node] ?? [];
  }
}

/** Where the projection of an app lies that keeps a merchant's rows in the schema of the merchant shard's lane. */
export function lanePlacement(nodeCount: number): Pick<Placement, 'merchantNode' | 'merchantShardsOf'> {
  const nodes = Array.from({ length: SHARD_COUNT }, (_, shard) => laneNode(laneOf(shard), nodeCount));
  const byNodes = byNode(nodes, nodeCount);
  return {
    merchantNode: (shard) => nodeAt(nodes, shard),
    merchantShardsOf: (node) => byNodes[node] ?? [],
  };
}

function interleaved(nodeCount: number): PlacementList {
  const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
  return {
    user: shards.map((shard) => shard % nodeCount),
    merchant: shards.map((shard) => (shard + 1) % nodeCount),
  };
}

function checked(dimension: string, nodes: readonly number[], nodeCount: number): readonly number[] {
  const problems: string[] = [];
  if (nodes.length !== SHARD_COUNT) problems.push(`names ${nodes.length} shards, needs ${SHARD_COUNT}`);
  for (let shard = 0; shard < SHARD_COUNT; shard += 1) {
    const node = nodes[shard];
    if (node === undefined) problems.push(`shard ${shard} is not placed`);
    else if (!Number.isInteger(node) || node < 0 || node >= nodeCount)
      problems.push(`shard ${shard} is placed on node ${node}, which does not exist`);
  }
  if (problems.length > 0) {
    throw new InvariantViolation(`the ${dimension} placement over ${nodeCount} nodes is wrong: ${problems.join('; ')}`);
  }
  return [...nodes];
}

function byNode(nodes: readonly number[], nodeCount: number): readonly (readonly number[])[] {
  const lists = Array.from({ length: nodeCount }, (): number[] => []);
  nodes.forEach((node, shard) => {
    lists[node]?.push(shard);
  });
  return lists;
}

function nodeAt(nodes: readonly number[], shard: number): number {
  const node = nodes[shard];
  invariant(isShard(shard) && node !== undefined, `shard ${shard} routes nowhere`, { shard });
  return node;
}
