/**
 * What a consumer's team sees, with the published classes alone: events that their binding brings later, a dead letter and its way back,
 * and a replay that an inbox takes for the repeats that it is. The events are those of the journeys.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DeadLetter,
  EventConsumer,
  loadTopology,
  lookAtDeadLetters,
  MemoryStore,
  once,
  redriveDeadLetters,
  replayEvents,
  topologyDirectory,
} from '@ordo/broadcast';
import { InvariantViolation } from '@ordo/kernel';
import { percentile } from './story.js';

/** Of topology/demonstration. */
const REMINDER = 'ordo.order.demo.reminder';
const BOOKING = 'ordo.order.demo.booking';
const PREFETCH = 50;
/** Its delay, and what a busy machine may add. */
const WAIT_MS = 15_000;
const POLL_MS = 20;

export class ConsumerScenes {
  private readonly beganAt = new Date();
  private readonly latenessMs: number[] = [];
  private readonly bookings = new Map<string, number>();
  private deliveries = 0;
  private isMended = false;
  private poisoned: string | undefined;
  private readonly reminder: EventConsumer;
  private readonly booking: EventConsumer;

  constructor(private readonly url: string) {
    this.reminder = new EventConsumer({
      ...{ url, queue: REMINDER, prefetch: PREFETCH, handler: async () => undefined },
      onReceived: ({ latenessMs }) => void (latenessMs !== undefined && this.latenessMs.push(latenessMs)),
    });
    const store = new MemoryStore();
    const book = once(
      { consumer: 'demo.booking', transactions: store, inbox: store.inbox },
      { 'order.completed': async (_tx, { id }) => void this.bookings.set(id, (this.bookings.get(id) ?? 0) + 1) },
    );
    this.booking = new EventConsumer({
      ...{ url, queue: BOOKING, prefetch: PREFETCH },
      handler: async (event, context) => {
        this.deliveries += 1;
        this.poisoned ??= event.id;
        // The bug that this consumer has until it is mended.
        if (!this.isMended && event.id === this.poisoned) throw new InvariantViolation('the amounts do not add up');
        await book(event, context);
      },
    });
  }

  /** The queues have been declared by the witness. */
  async start(): Promise<void> {
    await Promise.all([this.reminder.start(), this.booking.start()]);
  }

  /** Shows all three; answers what was not as promised. */
  async show(say: (line: string) => void): Promise<readonly string[]> {
    say('\na consumer with a delayed binding, a dead letter, a replay\n');
    return [...(await this.showDelay(say)), ...(await this.showDeadLetter(say)), ...(await this.showReplay(say))];
  }

  async stop(): Promise<void> {
    await Promise.all([this.reminder.stop(), this.booking.stop()]);
  }

  private async showDelay(say: (line: string) => void): Promise<readonly string[]> {
    const completed = (): number => this.bookings.size + (this.poisoned === undefined || this.isMended ? 0 : 1);
    const isHere = await until(() => completed() > 0 && this.latenessMs.length >= completed());
    const early = this.latenessMs.filter((ms) => ms < 0).length;
    const [p50, p99] = [50, 99].map((rank) => Math.round(percentile(this.latenessMs, rank)));
    say(
      `    delayed   ${this.latenessMs.length} events came 2 s after they were sent; late by p50 ${p50} ms, p99 ${p99} ms; early: ${early}`,
    );
    if (!isHere) return [`${completed()} orders were completed, and ${this.latenessMs.length} reminders came`];
    return early === 0 ? [] : [`${early} delayed events came before their time`];
  }

  private async showDeadLetter(say: (line: string) => void): Promise<readonly string[]> {
    let letters: readonly DeadLetter[] = [];
    await until(async () => (letters = await lookAtDeadLetters(this.url, BOOKING)).length > 0);
    const [letter] = letters;
    if (letter === undefined) return ['the poisoned event is in no dead-letter queue'];
    say(
      `    dead      ${letter.messageId}: ${letter.family} ${letter.code}, "${letter.message}"; all others were booked`,
    );
    this.isMended = true;
    const { redriven } = await redriveDeadLetters(this.url, BOOKING);
    const isBooked = await until(() => this.bookings.has(letter.messageId));
    say(
      `    redriven  ${redriven} went back after the consumer was mended, and ${isBooked ? 'is booked' : 'was NOT booked'}`,
    );
    return isBooked ? [] : [`the redriven event ${letter.messageId} was not handled`];
  }

  private async showReplay(say: (line: string) => void): Promise<readonly string[]> {
    const [before, bookings] = [this.deliveries, this.bookings.size];
    const demonstration = loadTopology(join(topologyDirectory(), 'demonstration'));
    const { streams } = loadTopology(topologyDirectory());
    const { read, sent } = await replayEvents({
      ...{ url: this.url, topology: { ...demonstration, streams }, to: BOOKING },
      filter: { since: this.beganAt, types: ['ordo.order.completed.v1'] },
    });
    const isHere = await until(() => this.deliveries - before >= sent);
    const doubled = [...this.bookings.values()].filter((count) => count > 1).length;
    say(
      `    replayed  ${sent} of ${read} events of the stream; the inbox knew ${sent - (this.bookings.size - bookings)} of them, booked twice: ${doubled}`,
    );
    if (!isHere || sent < bookings) return [`${bookings} orders were booked, and the replay sent ${sent}`];
    return doubled === 0 ? [] : [`${doubled} orders were booked twice by a replay`];
  }
}

async function until(fact: () => boolean | Promise<boolean>): Promise<boolean> {
  const giveUpMs = performance.now() + WAIT_MS;
  while (!(await fact())) {
    if (performance.now() > giveUpMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
