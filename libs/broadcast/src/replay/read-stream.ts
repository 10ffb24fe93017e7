import { setTimeout as sleep } from 'node:timers/promises';
import { Transient } from '@ordo/kernel';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { readableEvent } from '../cloud-event/parse-cloud-event.js';
import { openChannel } from '../topology/declaration.js';
import { entryOf, type StreamEntry, type StreamStart, subscribeToStream } from './stream-reading.js';

/** The last chunk comes in one piece; what is still on its way after this long was published later. */
const TAIL_QUIET_MS = 300;
/** Between two entries of a stream that is not at its end; a broker that is silent for this long is not well. */
const SILENCE_MS = 30_000;

/** The newest entry of now; undefined for a stream that holds none. */
async function tailOf(connection: ChannelModel, stream: string): Promise<StreamEntry | undefined> {
  const channel = await openChannel(connection);
  let tail: StreamEntry | undefined;
  let heardMs = performance.now();
  const tag = await subscribeToStream(channel, stream, 'last', (message) => {
    if (message === null) return;
    tail = entryOf(message);
    heardMs = performance.now();
    channel.ack(message);
  });
  const beganMs = performance.now();
  // Bounded, because entries that are published meanwhile come too; any newer offset is as good an end.
  while (performance.now() - heardMs < TAIL_QUIET_MS && performance.now() - beganMs < 3 * TAIL_QUIET_MS) {
    await sleep(TAIL_QUIET_MS / 10);
  }
  await channel.cancel(tag);
  await channel.close();
  return tail;
}

/**
 * Gives every entry from `start` to the newest of now to `onEntry`, one after the other; ends early when it answers false. Answers how
 * many it read. Throws Transient `STREAM_INCOMPLETE` when the broker falls silent before the end: nobody may take a part for the whole.
 */
export async function readStream(
  connection: ChannelModel,
  stream: string,
  start: StreamStart,
  onEntry: (entry: StreamEntry) => Promise<boolean>,
): Promise<number> {
  const tail = await tailOf(connection, stream);
  if (tail === undefined || isBefore(tail, start)) return 0;
  const channel = await openChannel(connection);
  const reading = new Reading(channel, stream, tail.offset, onEntry);
  await subscribeToStream(channel, stream, start, (message) => reading.receive(message));
  try {
    return await reading.done;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

/** A moment behind the newest entry is no place in the stream: the broker would wait there for what is published next. */
function isBefore(tail: StreamEntry, start: StreamStart): boolean {
  if (typeof start === 'string' || !('at' in start)) return false;
  const event = readableEvent(tail.content);
  return event !== undefined && Date.parse(event.senttime) < start.at.getTime();
}

/** One pass over a stream, up to `tail`. */
class Reading {
  readonly done: Promise<number>;
  private finish!: (read: number) => void;
  private fail!: (error: unknown) => void;
  private turn: Promise<void> = Promise.resolve();
  private read = 0;
  private last = -1;
  private ended = false;
  private silence: NodeJS.Timeout;

  constructor(
    private readonly channel: Channel,
    private readonly stream: string,
    private readonly tail: number,
    private readonly onEntry: (entry: StreamEntry) => Promise<boolean>,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.silence = this.listen();
  }

  receive(message: ConsumeMessage | null): void {
    if (message === null) return; // the silence will say it
    this.turn = this.turn.then(() => this.take(message)).catch((error: unknown) => this.end(() => this.fail(error)));
  }

  private async take(message: ConsumeMessage): Promise<void> {
    if (this.ended) return;
    clearTimeout(this.silence);
    const entry = entryOf(message);
    const isMore = entry.offset <= this.tail && (await this.handle(entry)) && entry.offset < this.tail;
    if (!isMore) return this.end(() => this.finish(this.read));
    this.channel.ack(message);
    this.silence = this.listen();
  }

  private handle(entry: StreamEntry): Promise<boolean> {
    this.read += 1;
    this.last = entry.offset;
    return this.onEntry(entry);
  }

  private end(settle: () => void): void {
    this.ended = true;
    clearTimeout(this.silence);
    settle();
  }

  private listen(): NodeJS.Timeout {
    return setTimeout(() => {
      const { stream, last, tail } = this;
      const message = `${stream} fell silent at ${last} of ${tail}`;
      this.end(() => this.fail(new Transient('STREAM_INCOMPLETE', message, SILENCE_MS, { stream, last, tail })));
    }, SILENCE_MS);
  }
}
