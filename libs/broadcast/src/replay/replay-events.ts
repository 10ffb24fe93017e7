/**
 * Sends what an exchange published in the last days again, to the queue of one consumer and to nobody else. Only what the queue's bindings
 * would have let in, with the events' own ids: a consumer with an inbox takes what it knows for the repeats that they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '@ordo/contracts';
import { invariant, Transient } from '@ordo/kernel';
import type { Channel, ChannelModel } from 'amqplib';
import { readableEvent, recordOf } from '../cloud-event/parse-cloud-event.js';
import { onOwnConnection } from '../connection/own-connection.js';
import { DeliveryHeader } from '../consumer/delivery.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { type OutgoingEvent, PublishOutcome } from '../publisher/outgoing-event.js';
import { openChannel } from '../topology/declaration.js';
import { wouldHear } from '../topology/heard.rules.js';
import type { QueueDefinition, Topology } from '../topology/topology.js';
import { readStream } from './read-stream.js';
import { isMeant, type ReplayFilter } from './replay.rules.js';
import type { StreamEntry } from './stream-reading.js';

export interface ReplayOptions {
  readonly url: string;
  readonly topology: Topology;
  /** A work queue of the topology, by its full name. */
  readonly to: string;
  readonly filter: ReplayFilter;
  /** Events per second at most, so that live events keep their place. Default 500. */
  readonly ratePerSecond?: number;
  /** Reads and sends nothing. */
  readonly dryRun?: boolean;
  /** Hears of every event that is sent, or would be. */
  readonly onEvent?: (event: CloudEvent) => void;
}

export interface ReplayCounts {
  readonly read: number;
  readonly sent: number;
  /** Meant by the filter, but not heard by the queue. */
  readonly unheard: number;
}

const RATE_PER_SECOND = 500;
const WINDOW = 50;
const CONNECT_WAIT_MS = 5_000;
/** A consumer that does not make room for this long is not consuming. */
const ROOM_WAIT_MS = 60_000;
const ROOM_POLL_MS = 200;
/** Long enough for a week of a busy exchange; the work is bounded by the stream's end of now. */
const REPLAY_TIMEOUT_MS = 6 * 3_600_000;
const MS_PER_SECOND = 1_000;

/**
 * Replays to `to` what `filter` means of the stream of its exchange, up to its end of now. Stops at half a queue until its consumer has
 * made room, so that it neither pushes back on the relay nor pushes live events out. Throws Transient `REPLAY_STALLED` when there is no
 * room for a minute, and InvariantViolation for a queue that no file names: a replay is never a way around the registry.
 */
export async function replayEvents(options: ReplayOptions): Promise<ReplayCounts> {
  const { url, topology, to, filter } = options;
  const queue = topology.queues.find(({ name }) => name === to);
  invariant(queue, 'a replay goes to a queue of the topology', { to });
  const stream = topology.streams.find(({ exchange }) => exchange === queue.exchange);
  invariant(stream, 'the exchange keeps a stream', { exchange: queue.exchange });
  const publisher = new BroadcastPublisher({ url, connectionName: `replay to ${to}` });
  await publisher.connect();
  try {
    await publisher.waitUntilConnected(CONNECT_WAIT_MS);
    const setting = {
      url,
      what: 'the replay',
      timeoutMs: REPLAY_TIMEOUT_MS,
      passes: (cause: unknown) => cause instanceof Transient,
    };
    return await onOwnConnection(setting, async (connection) => {
      const replay = new Replay(options, queue, publisher, await openChannel(connection));
      const start = filter.since === undefined ? 'first' : { at: filter.since };
      const read = await readStream(connection, stream.name, start, (entry) => replay.take(entry));
      await replay.flush();
      return { read, ...replay.counts };
    });
  } finally {
    await publisher.close();
  }
}

/** The events of one record of a stream, in version order: what `inOrder` may refetch a gap with. `since` bounds the reading. */
export async function eventsOfRecord(
  target: string | ChannelModel,
  stream: string,
  { record, from, to, since }: { record: string; from: number; to: number; since?: Date },
): Promise<CloudEvent[]> {
  const found = new Map<number, CloudEvent>();
  const work = async (connection: ChannelModel): Promise<void> => {
    await readStream(connection, stream, since === undefined ? 'first' : { at: since }, async ({ content }) => {
      const event = readableEvent(content);
      const version = event?.orderversion ?? 0;
      if (event !== undefined && recordOf(event) === record && version >= from && version <= to)
        found.set(version, event);
      return found.size < to - from + 1;
    });
  };
  if (typeof target !== 'string') await work(target);
  else await onOwnConnection({ url: target, what: 'reading the stream', timeoutMs: REPLAY_TIMEOUT_MS }, work);
  return [...found.values()].sort((a, b) => a.orderversion - b.orderversion);
}

class Replay {
  private window: OutgoingEvent[] = [];
  private sent = 0;
  private unheard = 0;
  private readonly startedMs = performance.now();
  private readonly at = new Date().toISOString();

  constructor(
    private readonly options: ReplayOptions,
    private readonly queue: QueueDefinition,
    private readonly publisher: BroadcastPublisher,
    private readonly channel: Channel,
  ) {}

  get counts(): Omit<ReplayCounts, 'read'> {
    return { sent: this.sent, unheard: this.unheard };
  }

  /** Answers true: the next entry is wanted. */
  async take(entry: StreamEntry): Promise<boolean> {
    const event = readableEvent(entry.content);
    if (event === undefined || !isMeant(this.options.filter, event)) return true;
    if (!wouldHear(this.queue.bindings, entry.routingKey)) {
      this.unheard += 1;
      return true;
    }
    this.options.onEvent?.(event);
    this.window.push(copyOf(entry, event, this.queue.name, this.at));
    if (this.window.length >= WINDOW) await this.flush();
    return true;
  }

  async flush(): Promise<void> {
    const window = this.window;
    this.window = [];
    if (this.options.dryRun !== true) await this.send(window);
    this.sent += window.length;
    const { ratePerSecond = RATE_PER_SECOND } = this.options;
    const earliestMs = this.startedMs + (this.sent / ratePerSecond) * MS_PER_SECOND;
    await sleep(Math.max(0, this.options.dryRun === true ? 0 : earliestMs - performance.now()));
  }

  /** Until every one is confirmed: what was refused or unknown goes again, and a repeat is recognised by its id. */
  private async send(window: readonly OutgoingEvent[]): Promise<void> {
    let left = window;
    const giveUpMs = performance.now() + ROOM_WAIT_MS;
    while (left.length > 0) {
      await this.room();
      const outcomes = await this.publisher.publishWindow(left);
      left = left.filter((_, index) => outcomes[index] !== PublishOutcome.CONFIRMED);
      if (left.length === 0) return;
      if (performance.now() > giveUpMs) throw this.stalled(`it does not take messages: ${outcomes[0]}`);
      await sleep(ROOM_POLL_MS);
    }
  }

  private async room(): Promise<void> {
    const giveUpMs = performance.now() + ROOM_WAIT_MS;
    for (;;) {
      const { messageCount } = await this.channel.checkQueue(this.queue.name);
      if (messageCount <= this.queue.maxLength / 2) return;
      if (performance.now() > giveUpMs) throw this.stalled(`${messageCount} messages wait in it and none goes`);
      await sleep(ROOM_POLL_MS);
    }
  }

  private stalled(why: string): Transient {
    const message = `the replay to ${this.queue.name} stopped after ${this.sent} events: ${why}`;
    return new Transient('REPLAY_STALLED', message, ROOM_WAIT_MS, { queue: this.queue.name, sent: this.sent });
  }
}

function copyOf(
  { content, exchange, routingKey }: StreamEntry,
  event: CloudEvent,
  queue: string,
  at: string,
): OutgoingEvent {
  return {
    ...{ exchange: '', routingKey: queue, messageId: event.id, type: event.type, body: content },
    headers: {
      [DeliveryHeader.EXCHANGE]: exchange,
      [DeliveryHeader.ROUTING_KEY]: routingKey,
      [DeliveryHeader.REPLAYED_AT]: at,
    },
  };
}
