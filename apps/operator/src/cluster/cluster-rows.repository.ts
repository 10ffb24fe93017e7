/** What the leases of every node say about who does what. Reads only, by the clock of each database. */
import type { NodePools } from '@ordo/sharding';
import { controlSchemas, nodeSchemas } from '../terminal/node-schemas.js';

export interface ClusterLease {
  /** Each app has leases of its own. */
  readonly schema: string;
  readonly name: string;
  readonly slot: number;
  readonly owner: string;
  readonly epoch: number;
  readonly leftMs: number;
  readonly memo: string | null;
}

export interface ClusterMember {
  readonly schema: string;
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
  `SELECT '${schema}' AS app, name, slot, owner, epoch, memo, ${LEFT} FROM ${schema}.lease ORDER BY name, slot`;
const membersOf = (schema: string): string =>
  `SELECT '${schema}' AS app, group_name, token, ${LEFT} FROM ${schema}.member ORDER BY group_name, joined_at`;

/** One entry per node that answers, or the error of one that does not: the loss of one node is no reason to hide the others. */
export function readCluster(pools: NodePools): Promise<readonly (ClusterNode | { node: string; error: unknown })[]> {
  return Promise.all(
    pools.all.map(async ({ index, name }) => {
      try {
        const leasing = index === 0 ? [...nodeSchemas, ...controlSchemas] : nodeSchemas;
        const sql = [...nodeSchemas.map(membersOf), ...leasing.map(leasesOf)].join('; ');
        const results = await pools.at(index).query<Row[][]>(sql);
        const members = results.slice(0, nodeSchemas.length).flat().map(memberOf);
        return { node: name, members, leases: results.slice(nodeSchemas.length).flat().map(leaseOf) };
      } catch (error) {
        return { node: name, error };
      }
    }),
  );
}

const leftMsOf = (row: Row): number => Number(row['left_us']) / MICROSECONDS_PER_MS;

function memberOf(row: Row): ClusterMember {
  return {
    schema: String(row['app']),
    group: String(row['group_name']),
    token: String(row['token']),
    leftMs: leftMsOf(row),
  };
}

function leaseOf(row: Row): ClusterLease {
  return {
    schema: String(row['app']),
    ...{ name: String(row['name']), slot: Number(row['slot']), owner: String(row['owner']) },
    ...{ epoch: Number(row['epoch']), leftMs: leftMsOf(row) },
    memo: row['memo'] === null || row['memo'] === undefined ? null : String(row['memo']),
  };
}
