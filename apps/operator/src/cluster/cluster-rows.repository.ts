/** What the leases of every node say about who does what. Reads only, by the clock of each database. */
import { CONTROL_SCHEMA, NODE_SCHEMA, type NodePools } from '@ordo/sharding';

export interface ClusterLease {
  readonly name: string;
  readonly slot: number;
  readonly owner: string;
  readonly epoch: number;
  readonly leftMs: number;
  readonly memo: string | null;
}

export interface ClusterMember {
  readonly group: string;
  readonly token: string;
  readonly leftMs: number;
}

export interface ClusterNode {
  readonly node: string;
  readonly leases: readonly ClusterLease[];
  readonly members: readonly ClusterMember[];
}

type Row = Readonly<Record<string, string | number | null>>;

const MICROSECONDS_PER_MS = 1_000;
const LEFT = 'TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), expires_at) AS left_us';
const leasesOf = (schema: string): string =>
  `SELECT name, slot, owner, epoch, memo, ${LEFT} FROM ${schema}.lease ORDER BY name, slot`;
const MEMBERS = `SELECT group_name, token, ${LEFT} FROM ${NODE_SCHEMA}.member ORDER BY group_name, joined_at`;

/** One entry per node that answers, or the error of one that does not: the loss of one node is no reason to hide the others. */
export function readCluster(pools: NodePools): Promise<readonly (ClusterNode | { node: string; error: unknown })[]> {
  return Promise.all(
    pools.all.map(async ({ index, name }) => {
      try {
        const control = index === 0 ? `; ${leasesOf(CONTROL_SCHEMA)}` : '';
        const sql = `${MEMBERS}; ${leasesOf(NODE_SCHEMA)}${control}`;
        const [members = [], ...leases] = await pools.at(index).query<Row[][]>(sql);
        return { node: name, members: members.map(memberOf), leases: leases.flat().map(leaseOf) };
      } catch (error) {
        return { node: name, error };
      }
    }),
  );
}

const leftMsOf = (row: Row): number => Number(row['left_us']) / MICROSECONDS_PER_MS;

function memberOf(row: Row): ClusterMember {
  return { group: String(row['group_name']), token: String(row['token']), leftMs: leftMsOf(row) };
}

function leaseOf(row: Row): ClusterLease {
  return {
    ...{ name: String(row['name']), slot: Number(row['slot']), owner: String(row['owner']) },
    ...{ epoch: Number(row['epoch']), leftMs: leftMsOf(row) },
    memo: row['memo'] === null || row['memo'] === undefined ? null : String(row['memo']),
  };
}
