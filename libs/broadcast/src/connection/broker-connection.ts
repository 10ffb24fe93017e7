import type { Duplex } from 'node:stream';
import { type ChannelModel, connect } from 'amqplib';
import { reconnectDelayMs } from './backoff.js';
import { type BroadcastLogger, silentLogger } from './broadcast-logger.js';
import { withDeadline } from './deadline.js';

/** Seconds. amqplib notices silence after two to three of these; requests carry deadlines of their own and do not wait for it. */
const HEARTBEAT_SECONDS = 5;
/** A broker on the same network answers in milliseconds; two seconds is a broker that is not there. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A whole window of the relay. With Node's 16 KiB amqplib waits for a drain after every twentieth message. */
const SOCKET_BUFFER_BYTES = 1_048_576;
/** Opening channels, declaring and subscribing are round trips; quorum queues that elect their leaders may take seconds. */
const SETUP_TIMEOUT_MS = 30_000;
/** A broker that does not answer the closing handshake is left without it. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface BrokerConnectionOptions {
  /** amqp:// or amqps:// URL. */
  readonly url: string;
  /** Shown in the broker's list of connections and in our logs. */
  readonly name: string;
  readonly logger?: BroadcastLogger;
  /** Default 2000. */
  readonly connectTimeoutMs?: number;
}

/** What a user of the connection does with it. `opened` may throw: the connection is then dropped and tried again. */
export interface BrokerSession {
  opened(model: ChannelModel): Promise<void>;
  /** The connection is open for work. Must not throw. */
  ready?(): void;
  lost(reason: string): void;
}

/**
 * One AMQP connection that comes back by itself: heartbeat, connect deadline, back-off with jitter. Guarantees that
 * `lost` is called exactly once for every `opened` that returned, and that a dead socket is destroyed rather than ended:
 * `end()` on a half-open socket waits for a peer that will never answer.
 */
export class BrokerConnection {
  private readonly logger: BroadcastLogger;
  private readonly url: string;
  private model: ChannelModel | undefined;
  private opened = false;
  private started = false;
  private closed = false;
  private attempt = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private blockedReason: string | undefined;
  private waiters: (() => void)[] = [];

  constructor(
    private readonly options: BrokerConnectionOptions,
    private readonly session: BrokerSession,
  ) {
    this.logger = options.logger ?? silentLogger;
    this.url = withHeartbeat(options.url);
  }

  get isOpen(): boolean {
    return this.opened;
  }

  /** Why the broker stopped reading from us (memory or disk alarm); undefined while it reads. */
  get blocked(): string | undefined {
    return this.blockedReason;
  }

  /** Starts connecting and goes on for ever, until `close`. Calling it again changes nothing. */
  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    void this.tryOpen();
  }

  /** Whether the connection is open now or within `timeoutMs`. Never throws. */
  async waitUntilOpen(timeoutMs: number): Promise<boolean> {
    if (this.opened) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.opened;
  }

  /** Drops the connection at once, without the closing handshake, and opens another. For a peer that stopped answering. */
  abandon(reason: string): void {
    const { model } = this;
    if (model === undefined) return;
    this.onLost(model, reason);
  }

  /** Closes with the handshake, bounded to a second, and stays closed. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retryTimer);
    this.wakeWaiters();
    const { model } = this;
    if (model === undefined) return;
    await withDeadline(model.close(), CLOSE_TIMEOUT_MS, 'closing the connection').catch(() => {});
    this.onLost(model, 'closed by us');
  }

  /**
   * What is sent in this turn of the event loop goes to the socket in few large writes instead of one system call per message. amqplib
   * hands its frames to the socket in an immediate of its own, scheduled after ours: so one more turn until they are let go.
   */
  gatherWrites(): void {
    const socket = this.model === undefined ? undefined : socketOf(this.model);
    if (socket === undefined) return;
    socket.cork();
    setImmediate(() => setImmediate(() => socket.uncork()));
  }

  private async tryOpen(): Promise<void> {
    try {
      const model = await this.connectOnce();
      this.model = model;
      await withDeadline(this.session.opened(model), SETUP_TIMEOUT_MS, 'setting up the connection');
      this.admit(model);
    } catch (cause) {
      const { model } = this;
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (model !== undefined) this.onLost(model, reason);
      else this.scheduleRetry(reason);
    }
  }

  private async connectOnce(): Promise<ChannelModel> {
    const timeoutMs = this.options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const socketOptions = {
      timeout: timeoutMs,
      noDelay: true,
      clientProperties: { connection_name: this.options.name },
      writableHighWaterMark: SOCKET_BUFFER_BYTES,
    };
    const connecting = connect(this.url, socketOptions);
    // The socket's own timeout is an idle timeout; a peer that trickles bytes passes it. The deadline below does not move.
    const model = await withDeadline(connecting, timeoutMs + 500, 'connecting', (late) =>
      destroySocket(late, 'too late'),
    );
    model.on('error', (error) =>
      this.logger.warn({ connection: this.options.name, reason: error.message }, 'broker error'),
    );
    model.on('close', (error) => this.onLost(model, error?.message ?? 'closed'));
    model.on('blocked', (reason) => this.onBlocked(model, reason));
    model.on('unblocked', () => this.onBlocked(model, undefined));
    return model;
  }

  private admit(model: ChannelModel): void {
    if (this.model !== model) throw new Error('lost while it was set up');
    if (this.closed) {
      this.onLost(model, 'closed by us');
      return;
    }
    this.opened = true;
    this.attempt = 0;
    this.logger.info({ connection: this.options.name }, 'broker connected');
    this.session.ready?.();
    this.wakeWaiters();
  }

  private onBlocked(model: ChannelModel, reason: string | undefined): void {
    if (this.model !== model) return;
    this.blockedReason = reason;
    this.logger.warn(
      { connection: this.options.name, reason: reason ?? null },
      reason ? 'broker blocks' : 'broker reads again',
    );
  }

  private onLost(model: ChannelModel, reason: string): void {
    if (this.model !== model) return;
    this.model = undefined;
    this.opened = false;
    this.blockedReason = undefined;
    destroySocket(model, reason);
    this.session.lost(reason);
    this.scheduleRetry(reason);
  }

  private scheduleRetry(reason: string): void {
    if (this.closed) return;
    const delayMs = reconnectDelayMs(this.attempt++);
    this.logger.warn(
      { connection: this.options.name, reason, attempt: this.attempt, delayMs },
      'broker away, will retry',
    );
    this.retryTimer = setTimeout(() => void this.tryOpen(), delayMs);
  }

  private wakeWaiters(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const wake of waiters) wake();
  }
}

/** amqplib offers no hard close; its socket is the `stream` of the raw connection (amqplib 2.x, lib/connection.js). */
const socketOf = (model: ChannelModel): Duplex | undefined =>
  (model.connection as unknown as { stream?: Duplex }).stream;

function destroySocket(model: ChannelModel, reason: string): void {
  socketOf(model)?.destroy(new Error(reason));
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parsed.toString();
}
