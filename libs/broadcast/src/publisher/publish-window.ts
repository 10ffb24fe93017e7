import { type OutgoingEvent, PublishOutcome } from './outgoing-event.js';

/**
 * The book of one window: which delivery tag is which event, and what the broker said of it. One counter and one array
 * instead of a promise per message. Tags of a window are consecutive, because a window is written in one turn of the event loop.
 */
export class PublishWindow {
  readonly done: Promise<readonly PublishOutcome[]>;
  private readonly outcomes: (PublishOutcome | undefined)[];
  private readonly indexes: number[] = [];
  private readonly returns = new Set<number>();
  private pending = 0;
  private lowest = 0;
  private sealed = false;
  private settleDone!: (outcomes: readonly PublishOutcome[]) => void;

  constructor(
    private readonly events: readonly OutgoingEvent[],
    private readonly firstTag: number,
  ) {
    this.outcomes = new Array<PublishOutcome | undefined>(events.length);
    this.done = new Promise((resolve) => {
      this.settleDone = resolve;
    });
  }

  /** Event `index` was written and carries the next delivery tag. */
  written(index: number): void {
    this.indexes.push(index);
    this.pending += 1;
  }

  /** Event `index` was never written; it has no tag. */
  notWritten(index: number, outcome: PublishOutcome): void {
    this.outcomes[index] = outcome;
  }

  /** All events were offered; from here on the window ends when the last of them is settled. */
  seal(): void {
    this.sealed = true;
    this.finishWhenSettled();
  }

  /** A confirm or a refusal of the broker for `tag`, or with `multiple` for all open tags up to it. Foreign tags are ignored. */
  settle(tag: number, multiple: boolean, outcome: PublishOutcome): void {
    const last = Math.min(tag - this.firstTag, this.indexes.length - 1);
    if (multiple) {
      while (this.lowest <= last) this.settleOne(this.lowest++, outcome);
    } else if (tag >= this.firstTag && tag - this.firstTag === last) {
      this.settleOne(last, outcome);
    }
    this.finishWhenSettled();
  }

  /** The broker gave a message back; its acknowledgement follows (RabbitMQ sends the return first) and must not count. */
  returned(messageId: unknown, exchange: string, routingKey: string): void {
    for (const index of this.indexes) {
      const event = this.events[index];
      if (event?.messageId !== messageId || event?.exchange !== exchange || event?.routingKey !== routingKey) continue;
      this.returns.add(index);
    }
  }

  /** The answers will not come any more: what is open stays unknown. */
  abandon(): void {
    this.pending = 0;
    this.sealed = true;
    this.finishWhenSettled();
  }

  private settleOne(position: number, outcome: PublishOutcome): void {
    const index = this.indexes[position];
    if (index === undefined || this.outcomes[index] !== undefined) return;
    this.outcomes[index] = this.returns.has(index) ? PublishOutcome.RETURNED : outcome;
    this.pending -= 1;
  }

  private finishWhenSettled(): void {
    if (!this.sealed || this.pending > 0) return;
    this.settleDone(Array.from(this.outcomes, (outcome) => outcome ?? PublishOutcome.UNCONFIRMED));
  }
}
