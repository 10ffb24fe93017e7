import { type Connection, createConnection, type RowDataPacket } from 'mysql2';
import { isConnectionLoss, isReadOnly, nodeUnavailable, QUERY_DEADLINE, withoutSql } from './mysql.errors.js';
import type { NodeAddress } from './node-address.js';
import type { NodeConnection } from './node-pool.js';
import { sessionSetup, statementLimit } from './session.js';

export interface ConnectionOptions {
  readonly node: string;
  readonly address: NodeAddress;
  readonly connectTimeoutMs: number;
  readonly queryDeadlineMs: number;
  /** Told once, when the connection can no longer be used, whoever ended it. */
  readonly onDead: (connection: ServerConnection) => void;
}

/**
 * One connection of mysql2 (callback API: a promise less per query) with what mysql2 lacks: a deadline that closes the
 * socket, an answer to every pending query when the connection is destroyed, and a session whose settings are known.
 */
export class ServerConnection implements NodeConnection {
  private readonly pending = new Map<(error: unknown) => void, NodeJS.Timeout>();
  private busySinceMs = 0;
  private limitMs: number;
  private deadlineMs: number;
  private isClosed = false;

  /** Answers a connection whose session is set up, or fails within `connectTimeoutMs` whatever the server does. */
  static async open(options: ConnectionOptions): Promise<ServerConnection> {
    const connection = new ServerConnection(createConnection(driverOptions(options)), options);
    await connection.query(sessionSetup(options.queryDeadlineMs), options.connectTimeoutMs);
    return connection;
  }

  private constructor(
    private readonly driver: Connection,
    private readonly options: ConnectionOptions,
  ) {
    this.limitMs = options.queryDeadlineMs;
    this.deadlineMs = options.queryDeadlineMs;
    // Without a listener an idle connection's loss would end the process.
    driver.on('error', (error: unknown) => this.end('connection-lost', error));
    driver.on('end', () => this.end('connection-lost'));
  }

  get isDead(): boolean {
    return this.isClosed;
  }

  /** Since when (monotonic ms) the connection waits for an answer; undefined while it waits for none. */
  get waitingSinceMs(): number | undefined {
    return this.pending.size === 0 ? undefined : this.busySinceMs;
  }

  /** The deadline of the queries of the current borrower. */
  lend(deadlineMs: number): void {
    this.deadlineMs = deadlineMs;
  }

  query<T = RowDataPacket[]>(sql: string, deadlineMs = this.deadlineMs): Promise<T> {
    if (this.isClosed) return Promise.reject(nodeUnavailable(this.options.node, 'connection-closed'));
    this.limitStatements(Math.max(deadlineMs, this.options.queryDeadlineMs));
    return new Promise<T>((resolve, reject) => {
      if (this.pending.size === 0) this.busySinceMs = performance.now();
      // One turn of the event loop more: when it was this process that stalled, the answer is already in the socket.
      const timer = setTimeout(() => setImmediate(() => this.overrun(reject)), deadlineMs);
      this.pending.set(reject, timer);
      const sent = this.driver.query(sql, (error: unknown, result: unknown) => {
        clearTimeout(timer);
        if (!this.pending.delete(reject)) return;
        if (error === null || error === undefined) resolve(result as T);
        else reject(this.explained(withFailedStatement(error, sent)));
      });
    });
  }

  destroy(): void {
    this.end('connection-destroyed');
  }

  /** Closes at once; every query without an answer fails as lost with `reason`. Safe to repeat. */
  end(reason: string, cause?: unknown): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.driver.destroy();
    const lost = [...this.pending];
    this.pending.clear();
    for (const [reject, timer] of lost) {
      clearTimeout(timer);
      reject(nodeUnavailable(this.options.node, reason, withoutSql(cause)));
    }
    this.options.onDead(this);
  }

  private overrun(reject: (error: unknown) => void): void {
    if (this.pending.has(reject)) this.end(QUERY_DEADLINE);
  }

  private explained(error: unknown): unknown {
    const clean = withoutSql(error);
    const isFatal = typeof clean === 'object' && clean !== null && 'fatal' in clean && clean.fatal === true;
    if (isConnectionLoss(clean) || isFatal) {
      this.end('connection-lost', clean);
      return nodeUnavailable(this.options.node, 'connection-lost', clean);
    }
    // A server that turned read-only is being failed over: the next connection may reach the new primary.
    if (isReadOnly(clean)) this.end('read-only', clean);
    return clean;
  }

  /** The server must give up when we do: a destroyed connection alone leaves its statement running and its locks held. */
  private limitStatements(limitMs: number): void {
    if (limitMs === this.limitMs) return;
    this.limitMs = limitMs;
    this.driver.query(statementLimit(limitMs), () => undefined);
  }
}

/**
 * Adds which of several statements failed. mysql2 knows it (it counts results that ended) and tells it in no public way; where a version
 * has the field no more, nothing is added, and a batch is halved until the culprit is alone.
 */
function withFailedStatement(error: unknown, sent: object): unknown {
  const index: unknown = '_resultIndex' in sent ? sent._resultIndex : undefined;
  if (typeof index === 'number' && typeof error === 'object' && error !== null) {
    Object.assign(error, { failedStatement: index });
  }
  return error;
}

function driverOptions({
  address,
  connectTimeoutMs,
}: ConnectionOptions): Parameters<typeof createConnection>[0] & object {
  return {
    ...address,
    connectTimeout: connectTimeoutMs,
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: true,
    // Our SQL has no placeholders; the driver would search every text for them (4 % of the CPU of a relay under load).
    queryFormat: (sql: string) => sql,
    // affectedRows counts rows that changed: a compare-and-set that changed nothing must not look like one that did.
    flags: ['-FOUND_ROWS'],
  };
}
