import { type ConnectionOptions, ServerConnection } from './server-connection.js';

export interface WatchOptions extends Omit<ConnectionOptions, 'onDead' | 'connectTimeoutMs' | 'queryDeadlineMs'> {
  /** Monotonic ms since when the oldest query of the pool waits for its answer; undefined when none waits. */
  readonly oldestWaitSinceMs: () => number | undefined;
  /** The node does not answer: everything that waits for it is to fail now. */
  readonly onDown: (cause: unknown) => void;
}

/** How often the oldest query is looked at. */
const TICK_MS = 100;
/** A query that waits this long makes the watch ask whether the server is alive at all. */
const STALL_MS = 300;
/** TICK + STALL + PROBE stays below the second within which a dead node must fail its callers (DESIGN §1, P9). */
const PROBE_MS = 450;
/** A node that failed is left alone for this long, then asked again, until it answers. */
const DOWN_MS = 250;

/**
 * Tells a slow statement from a dead server. A statement may take its whole deadline, but a server that was frozen or
 * cut off must fail its callers within a second: so when a query stalls, the watch pings the server over a connection
 * of its own, and only when the ping stalls too is the node down. While it is down the watch alone talks to it.
 */
export class NodeWatch {
  private probeConnection: ServerConnection | undefined;
  private probing: Promise<void> | undefined;
  private readonly ticker: NodeJS.Timeout;
  private retry: NodeJS.Timeout | undefined;
  private downCause: unknown;
  private hasFailed = false;
  private isStopped = false;

  constructor(private readonly options: WatchOptions) {
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.ticker.unref();
  }

  get isDown(): boolean {
    return this.hasFailed;
  }

  get cause(): unknown {
    return this.downCause;
  }

  /** Something hints at trouble (a connection was lost): ask now instead of waiting for a stall. Joins a probe under way. */
  suspect(): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    this.probing ??= this.probe().finally(() => {
      this.probing = undefined;
    });
    return this.probing;
  }

  /** The node cannot be reached, as a failed connect has just shown. */
  declareDown(cause: unknown): void {
    if (this.isStopped) return;
    this.downCause = cause;
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.options.onDown(cause);
    this.probeAgainLater();
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.ticker);
    clearTimeout(this.retry);
    this.probeConnection?.destroy();
  }

  private tick(): void {
    const since = this.options.oldestWaitSinceMs();
    if (since !== undefined && !this.hasFailed && performance.now() - since > STALL_MS) void this.suspect();
  }

  private async probe(): Promise<void> {
    try {
      this.probeConnection ??= await this.openProbe();
      if (this.isStopped) return this.probeConnection.destroy();
      await this.probeConnection.query('DO 0', PROBE_MS);
      this.hasFailed = false;
      this.downCause = undefined;
    } catch (error) {
      this.probeConnection?.destroy();
      this.probeConnection = undefined;
      this.declareDown(error);
      this.probeAgainLater();
    }
  }

  private openProbe(): Promise<ServerConnection> {
    return ServerConnection.open({
      ...this.options,
      connectTimeoutMs: PROBE_MS,
      queryDeadlineMs: PROBE_MS,
      onDead: (connection) => {
        if (this.probeConnection === connection) this.probeConnection = undefined;
      },
    });
  }

  private probeAgainLater(): void {
    if (this.isStopped) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.suspect(), DOWN_MS);
    this.retry.unref();
  }
}
