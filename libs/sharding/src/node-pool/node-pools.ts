import { invariant } from '@ordo/kernel';
import { parseNodeUrl } from './node-address.js';
import type { NodePool } from './node-pool.js';
import { type NodePoolSettings, ServerNodePool } from './server-node-pool.js';

export interface NodePoolsOptions {
  /** Connections per node; default 12. Coalescing keeps a node busy with few, and 120 processes share its max_connections. */
  readonly connectionLimit?: number;
  /** Callers that may wait for a connection of one node; default 512. More are refused at once. */
  readonly queueLimit?: number;
  /** Longest wait for a connection, ms; default 800, so that a caller hears "no" within a second (P9). */
  readonly acquireDeadlineMs?: number;
  /** Longest time for connect, handshake and session set-up together, ms; default 800. */
  readonly connectTimeoutMs?: number;
  /** Longest time for one query, ms; default 2,000. The server's own limits are set to the same. */
  readonly queryDeadlineMs?: number;
}

const DEFAULTS: NodePoolSettings = {
  connectionLimit: 12,
  queueLimit: 512,
  acquireDeadlineMs: 800,
  connectTimeoutMs: 800,
  queryDeadlineMs: 2_000,
};

/** One pool per node, never one per shard: SQL names the schema. The order of the URLs is the node index, for ever. */
export class NodePools {
  private readonly pools: readonly ServerNodePool[];

  /** Opens nothing: connections are made on demand. Throws when a URL cannot be read, naming the node and not the URL. */
  constructor(urls: readonly string[], options: NodePoolsOptions = {}) {
    invariant(urls.length > 0, 'ORDO_MYSQL_NODES names no node');
    const settings = { ...DEFAULTS, ...options };
    this.pools = urls.map((url, index) => new ServerNodePool(index, parseNodeUrl(url.trim(), index), settings));
  }

  at(nodeIndex: number): NodePool {
    const pool = this.pools[nodeIndex];
    invariant(pool !== undefined, `node ${nodeIndex} does not exist: there are ${this.pools.length}`, { nodeIndex });
    return pool;
  }

  get all(): readonly NodePool[] {
    return this.pools;
  }

  /** Refuses new calls, waits for those under way, closes. */
  async close(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.close()));
  }
}
