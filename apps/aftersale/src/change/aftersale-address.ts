/** Where refunds lie: in the lane of their order's user shard. Order numbers and refund ids are laid out alike and route by themselves. */
import { decodeOrderNumber, LANE_COUNT, laneNode, laneOf, laneSchema, shardOf } from '@ordo/sharding';

const SCHEMAS = 'ordo_aftersale_';
/** On every node, beside the lanes: outbox, timers, leases; and an inbox that nothing writes any more. */
export const AFTERSALE_NODE_SCHEMA = `${SCHEMAS}node`;

export interface LaneAddress {
  readonly node: number;
  readonly schema: string;
}

export class AftersalePlacement {
  constructor(private readonly nodeCount: number) {}

  /** Of an order, or of a refund of one. Throws INVALID_ARGUMENT for a number that routes nowhere. */
  ofNumber(number: string): LaneAddress {
    return this.ofLane(laneOf(decodeOrderNumber(number).userShard));
  }

  ofUser(userId: string): LaneAddress {
    return this.ofLane(laneOf(shardOf(userId)));
  }

  /** Where the list of a merchant is projected. */
  ofMerchant(merchantId: string): LaneAddress {
    return this.ofLane(laneOf(shardOf(merchantId)));
  }

  get all(): readonly LaneAddress[] {
    return Array.from({ length: LANE_COUNT }, (_, lane) => this.ofLane(lane));
  }

  private ofLane(lane: number): LaneAddress {
    return { node: laneNode(lane, this.nodeCount), schema: laneSchema(SCHEMAS, lane) };
  }
}
