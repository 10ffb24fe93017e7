/** Where the grants of an order lie: in the lane of its refunds, whose part of each daily budget is theirs. */
import { decodeOrderNumber, LANE_COUNT, laneOf } from '@ordo/sharding';
import type { AftersalePlacement } from '../change/aftersale-address.js';
import type { GrantAddress } from './compensation-book.js';

export const grantAddressOf = (placement: AftersalePlacement, number: string): GrantAddress => ({
  ...placement.ofNumber(number),
  shard: laneOf(decodeOrderNumber(number).userShard),
  shards: LANE_COUNT,
});
