import type { RowDataPacket } from 'mysql2';
import { isConnectionLoss, nodeUnavailable } from './mysql.errors.js';
import type { NodeAddress } from './node-address.js';
import type { CallOptions, NodeConnection, NodePool, NodePoolStats } from './node-pool.js';
import { NodeWatch } from './node-watch.js';
import { ServerConnection } from './server-connection.js';

export interface NodePoolSettings {
  readonly connectionLimit: number;
  readonly queueLimit: number;
  readonly acquireDeadlineMs: number;
  readonly connectTimeoutMs: number;
  readonly queryDeadlineMs: number;
}

interface Waiter {
  readonly grant: (connection: ServerConnection) => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * The connections to one server. Ours and not mysql2's pool, because that one has no acquire deadline, cannot take a
 * waiter out of its queue, forgets its waiters when a connect fails, and lets a frozen server hold callers for as long
 * as it likes. A waiter is answered by a connection, by the acquire deadline or by the node's failure, whichever is first.
 */
export class ServerNodePool implements NodePool {
  readonly name: string;
  private readonly open = new Set<ServerConnection>();
  private readonly idle: ServerConnection[] = [];
  private readonly waiters = new Set<Waiter>();
  private readonly watch: NodeWatch;
  private opening = 0;
  private isClosing = false;
  private onDrained: (() => void) | undefined;

  constructor(
    readonly index: number,
    private readonly address: NodeAddress,
    private readonly settings: NodePoolSettings,
  ) {
    this.name = `node-${index}`;
    this.watch = new NodeWatch({
      node: this.name,
      address,
      oldestWaitSinceMs: () => this.oldestWaitSinceMs(),
      onDown: (cause) => this.dropAll(cause),
    });
  }

  query<T = RowDataPacket[]>(sql: string, options?: CallOptions): Promise<T> {
    return this.withConnection((connection) => connection.query<T>(sql), options, false);
  }

  use<T>(work: (connection: NodeConnection) => Promise<T>, options?: CallOptions): Promise<T> {
    return this.withConnection(work, options, true);
  }

  async ping(): Promise<void> {
    await this.query('DO 0', { deadlineMs: this.settings.acquireDeadlineMs });
  }

  stats(): NodePoolStats {
    return {
      open: this.open.size,
      idle: this.idle.length,
      waiting: this.waiters.size,
      isDown: this.watch.isDown,
    };
  }

  /** Refuses new callers at once, waits until those that hold a connection are done, then closes every connection. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.refuseWaiters('closed');
    if (this.open.size > this.idle.length) {
      await new Promise<void>((resolve) => {
        this.onDrained = resolve;
      });
    }
    this.watch.stop();
    for (const connection of [...this.open]) connection.end('closed');
  }

  private async withConnection<T>(
    work: (connection: ServerConnection) => Promise<T>,
    options: CallOptions | undefined,
    mayHoldTransaction: boolean,
  ): Promise<T> {
    const connection = await this.acquire();
    connection.lend(options?.deadlineMs ?? this.settings.queryDeadlineMs);
    try {
      const result = await work(connection);
      this.release(connection);
      return result;
    } catch (error) {
      if (mayHoldTransaction) await rollBack(connection);
      this.release(connection);
      throw error;
    }
  }

  private acquire(): Promise<ServerConnection> {
    if (this.isClosing) return Promise.reject(nodeUnavailable(this.name, 'closed'));
    if (this.watch.isDown) return Promise.reject(nodeUnavailable(this.name, 'down', this.watch.cause));
    const idle = this.idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.waiters.size >= this.settings.queueLimit) {
      return Promise.reject(nodeUnavailable(this.name, 'queue-full', undefined, { waiting: this.waiters.size }));
    }
    return this.enqueue();
  }

  private enqueue(): Promise<ServerConnection> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(nodeUnavailable(this.name, 'acquire-deadline', undefined, { open: this.open.size }));
      }, this.settings.acquireDeadlineMs);
      const waiter: Waiter = {
        grant: (connection) => {
          clearTimeout(timer);
          resolve(connection);
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.waiters.add(waiter);
      this.grow();
    });
  }

  /** Opens as many connections as there are waiters that none is being opened for, within the limit. */
  private grow(): void {
    while (this.opening < this.waiters.size && this.open.size + this.opening < this.settings.connectionLimit) {
      void this.openOne();
    }
  }

  private async openOne(): Promise<void> {
    this.opening += 1;
    try {
      const connection = await ServerConnection.open({
        node: this.name,
        address: this.address,
        connectTimeoutMs: this.settings.connectTimeoutMs,
        queryDeadlineMs: this.settings.queryDeadlineMs,
        onDead: (dead) => this.forget(dead),
      });
      this.opening -= 1;
      this.adopt(connection);
    } catch (error) {
      this.opening -= 1;
      this.connectFailed(error);
    }
  }

  private adopt(connection: ServerConnection): void {
    if (connection.isDead) return;
    this.open.add(connection);
    if (this.isClosing) connection.end('closed');
    else this.release(connection);
    // The watch's own connection has to be open before it is needed: a full or choking server takes no new ones.
    if (this.open.size === 1) void this.watch.suspect();
  }

  private connectFailed(error: unknown): void {
    if (this.open.size > 0) {
      // Those that are open go on; whether the node is gone is the watch's to find out, not one slow handshake's.
      if (isConnectionLoss(error)) void this.watch.suspect();
    } else if (isConnectionLoss(error)) this.watch.declareDown(error);
    // The server answered "no" (1040 too many connections, 1045 wrong credentials): waiting helps nobody.
    else this.refuseWaiters('connect-refused', error);
  }

  private release(connection: ServerConnection): void {
    if (connection.isDead) return;
    const [next] = this.waiters;
    if (next !== undefined) {
      this.waiters.delete(next);
      return next.grant(connection);
    }
    this.idle.push(connection);
    this.drainedWhenIdle();
  }

  private forget(dead: ServerConnection): void {
    if (!this.open.delete(dead)) return;
    const at = this.idle.indexOf(dead);
    if (at >= 0) this.idle.splice(at, 1);
    this.drainedWhenIdle();
    if (this.isClosing || this.watch.isDown) return;
    // One lost connection may be a KILL or the whole server: the watch finds out before the next caller has to.
    void this.watch.suspect();
    this.grow();
  }

  private drainedWhenIdle(): void {
    if (this.open.size === this.idle.length) this.onDrained?.();
  }

  private dropAll(cause: unknown): void {
    this.refuseWaiters('down', cause);
    for (const connection of [...this.open]) connection.end('node-down', cause);
  }

  private refuseWaiters(reason: string, cause?: unknown): void {
    const refused = [...this.waiters];
    this.waiters.clear();
    for (const waiter of refused) waiter.refuse(nodeUnavailable(this.name, reason, cause));
  }

  private oldestWaitSinceMs(): number | undefined {
    let oldest: number | undefined;
    for (const connection of this.open) {
      const since = connection.waitingSinceMs;
      if (since !== undefined && (oldest === undefined || since < oldest)) oldest = since;
    }
    return oldest;
  }
}

/** Nobody may inherit an open transaction: when the rollback fails, the connection goes. */
async function rollBack(connection: ServerConnection): Promise<void> {
  if (connection.isDead) return;
  try {
    await connection.query('ROLLBACK');
  } catch {
    connection.destroy();
  }
}
