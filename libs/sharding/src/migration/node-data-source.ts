import type { DataSource, QueryRunner } from 'typeorm';
import { toOrdoError } from '../node-pool/mysql.errors.js';
import { parseNodeUrl } from '../node-pool/node-address.js';
import type { SqlReader } from './migration-record.repository.js';

/** One DataSource per node, never one per shard: TypeORM would build its metadata and a pool 240 times. */
export interface NodeDataSource {
  readonly node: number;
  /** A connection of its own until the node is closed: `USE` and locks stay with it. */
  connection(): NodeRunner;
  close(): Promise<void>;
}

export interface NodeRunner extends SqlReader {
  release(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Throws Transient NODE_UNAVAILABLE when the server does not answer. */
export async function openNode(url: string, node: number, connections: number): Promise<NodeDataSource> {
  const { host, port, user, password, ssl } = parseNodeUrl(url, node);
  // Loaded here and not at the top: the applications import this library for its pools and never migrate.
  const typeorm = await import('typeorm');
  const source: DataSource = new typeorm.DataSource({
    type: 'mysql',
    host,
    port,
    username: user,
    password,
    ...(ssl === undefined ? {} : { ssl }),
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_TIMEOUT_MS,
    poolSize: connections,
    logging: false,
  });
  await source.initialize().catch((error: unknown) => {
    throw toOrdoError(error, `node-${node}`);
  });
  return {
    node,
    connection: () => runnerOf(source.createQueryRunner()),
    close: () => source.destroy(),
  };
}

function runnerOf(runner: QueryRunner): NodeRunner {
  return {
    query: async <T>(sql: string): Promise<T> => (await runner.query(sql)) as T,
    release: () => runner.release(),
  };
}
