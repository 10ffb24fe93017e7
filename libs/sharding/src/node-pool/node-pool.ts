import type { RowDataPacket } from 'mysql2';

/** One connection of a node, held for the length of `NodePool.use`. */
export interface NodeConnection {
  /**
   * Runs one or several statements in the text protocol and answers what mysql2 gives: rows, a ResultSetHeader, or for
   * several statements an array of them. `affectedRows` counts rows that changed, not rows that matched.
   * SQL errors arrive as mysql2 made them (classify with `isDeadlock`, `isDuplicateKey` …; without their SQL text, and with
   * `failedStatementOf`);
   * a lost connection or a passed deadline is a Transient NODE_UNAVAILABLE, and what it did is unknown.
   */
  query<T = RowDataPacket[]>(sql: string): Promise<T>;
  /** Closes the connection at once: for a caller who no longer knows its state. The pool replaces it. */
  destroy(): void;
}

export interface CallOptions {
  /** Longest one query may take, ms; default `queryDeadlineMs` of the pool. Overrun destroys the connection. */
  readonly deadlineMs?: number;
}

export interface NodePoolStats {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly isDown: boolean;
}

/** The connections to one MySQL server. Every failure to reach it is a Transient NODE_UNAVAILABLE within a second. */
export interface NodePool {
  readonly index: number;
  /** `node-<index>`: what errors, logs and metrics call the server; never its URL. */
  readonly name: string;
  /** Runs statements on any connection; what they change commits as autocommit does. */
  query<T = RowDataPacket[]>(sql: string, options?: CallOptions): Promise<T>;
  /**
   * Lends a connection to `work`. The caller ends its own transaction before it returns; when `work` throws, the pool
   * rolls back (or drops the connection) before anyone else gets it.
   */
  use<T>(work: (connection: NodeConnection) => Promise<T>, options?: CallOptions): Promise<T>;
  ping(): Promise<void>;
  stats(): NodePoolStats;
}
