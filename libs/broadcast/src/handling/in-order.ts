/**
 * Ordered mode: an event is applied if its version is the next one. A repeat is done; one that came too early is parked, and in the end
 * what is missing is fetched. It takes a queue that hears every event of its orders: versions count them all.
 *
 * | version           | what happens                                                                      |
 * | ----------------- | --------------------------------------------------------------------------------- |
 * | ≤ last            | a repeat: acknowledged, no effect                                                 |
 * | last + 1          | effect and position commit together                                               |
 * | > last + 1        | waits in the retry queue (1 s each) while its predecessors may still be on the way |
 * | and still missing | they are fetched and applied first, each in its own transaction                   |
 */
import { type CloudEvent } from '@ordo/contracts';
import { Transient } from '@ordo/kernel';
import { recordOf } from '../cloud-event/parse-cloud-event.js';
import type { Transactions } from '../effects/transactions.js';
import type { Positions } from '../positions/positions.js';
import { effectOf } from './by-event.js';
import type { DeliveryContext, EventEffects, EventHandler } from './event-handler.js';
import { Turns } from './turns.js';

/** Attempts that wait for the missing ones to come by themselves: after a second each, whatever is in flight has landed. */
const PARK_ATTEMPTS = 3;
const PARK_MS = 1_000;

/** Versions of one record that did not come; `from` and `to` are both missing. */
export interface Gap {
  /** Order id; for events of a refund, its id. */
  readonly record: string;
  readonly from: number;
  readonly to: number;
  /** The event behind the gap, for its time and its parties. */
  readonly before: CloudEvent;
}

export interface InOrderOptions<Tx> {
  /** The name of the positions; keep it for ever. 1 to 64 letters, digits or `._:-`. */
  readonly consumer: string;
  readonly transactions: Transactions<Tx>;
  readonly positions: Positions<Tx>;
  /** Finds the events of a gap: from the stream (`eventsOfRecord`), or made from what the order API tells. Those it has not, it leaves out. */
  readonly refetch: (gap: Gap) => Promise<readonly CloudEvent[]>;
  /** Attempts that wait before anything is fetched. Default 3. */
  readonly parkAttempts?: number;
  /** Whether an order that was never seen may be joined in the middle of its life. Default false: it begins at version 1. */
  readonly joinsLate?: boolean;
}

/** A handler that applies the events of each order in the order of their versions, each once. */
export function inOrder<Tx>(options: InOrderOptions<Tx>, effects: EventEffects<Tx>): EventHandler {
  const turns = new Turns();
  const mode = new OrderedMode(options, effects);
  // Deliveries of one order that are in hand together would all but the first be too early.
  return (event, context) => turns.take(recordOf(event), () => mode.handle(event, context));
}

class OrderedMode<Tx> {
  constructor(
    private readonly options: InOrderOptions<Tx>,
    private readonly effects: EventEffects<Tx>,
  ) {}

  async handle(event: CloudEvent, context: DeliveryContext): Promise<void> {
    const last = await this.apply(event, context);
    if (last === undefined) return;
    const { parkAttempts = PARK_ATTEMPTS } = this.options;
    if (context.attempt <= parkAttempts) throw gapError(event, last, 'it waits for them');
    const gap = { record: recordOf(event), from: last + 1, to: event.orderversion - 1, before: event };
    await this.fill(gap, context);
    const stillAt = await this.apply(event, context);
    if (stillAt !== undefined) throw gapError(event, stillAt, 'they could not be fetched');
  }

  /** Undefined when it is applied now or was before; else the last version before the gap. */
  private apply(event: CloudEvent, context: DeliveryContext): Promise<number | undefined> {
    const { consumer, positions, transactions, joinsLate = false } = this.options;
    const record = recordOf(event);
    const { orderversion } = event;
    return transactions.run(async (tx) => {
      const last = await positions.last(tx, consumer, record);
      if (orderversion <= last) return undefined;
      if (orderversion > last + 1 && !(joinsLate && last === 0)) return last;
      await effectOf(this.effects, event)?.(tx, event, context);
      await positions.advance(tx, consumer, record, orderversion);
      return undefined;
    });
  }

  /** In version order, and only as far as they follow on each other. */
  private async fill(gap: Gap, context: DeliveryContext): Promise<void> {
    const found = await this.options.refetch(gap);
    const ofGap = found.filter((event) => recordOf(event) === gap.record);
    for (const event of [...ofGap].sort((a, b) => a.orderversion - b.orderversion)) {
      if ((await this.apply(event, context)) !== undefined) return;
    }
  }
}

function gapError(event: CloudEvent, last: number, then: string): Transient {
  const { id, subject, orderversion } = event;
  const message = `event ${id} came at version ${last} of its record: versions between are missing, ${then}`;
  return new Transient('ORDER_GAP', message, PARK_MS, { orderId: subject, last, version: orderversion });
}
