import { decodeOrderNumber, merchantSchema, type NodePools, type Placement, quote, userSchema } from '@ordo/sharding';

/** The version that an order has in each dimension at this moment; undefined where it has no row. */
export interface StoredVersions {
  readonly user: number | undefined;
  readonly merchant: number | undefined;
}

/** Two reads by primary key, one per dimension, without any cache in between. */
export async function readVersions(pools: NodePools, placement: Placement, orderId: string): Promise<StoredVersions> {
  const { userShard, merchantShard } = decodeOrderNumber(orderId);
  const versionIn = async (node: number, schema: string): Promise<number | undefined> => {
    const sql = `SELECT version FROM ${schema}.order_base WHERE order_id = ${quote(BigInt(orderId))}`;
    const [row] = await pools.at(node).query<{ readonly version: number }[]>(sql);
    return row?.version;
  };
  const [user, merchant] = await Promise.all([
    versionIn(placement.userNode(userShard), userSchema(userShard)),
    versionIn(placement.merchantNode(merchantShard), merchantSchema(merchantShard)),
  ]);
  return { user, merchant };
}
