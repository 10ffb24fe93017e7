import type { Transactions } from '../effects/transactions.js';
import type { Inbox } from '../inbox/inbox.js';
import { effectOf } from './by-event.js';
import type { EventEffects, EventHandler } from './event-handler.js';

export interface OnceOptions<Tx> {
  /** The name of the marks; keep it for ever, or every replay acts again. 1 to 64 letters, digits or `._:-`. */
  readonly consumer: string;
  readonly transactions: Transactions<Tx>;
  readonly inbox: Inbox<Tx>;
}

/** A handler whose effects happen once per event, however often it is delivered: mark and effect commit together. */
export function once<Tx>({ consumer, transactions, inbox }: OnceOptions<Tx>, effects: EventEffects<Tx>): EventHandler {
  return async (event, context) => {
    const effect = effectOf(effects, event);
    if (effect === undefined) return;
    await transactions.run((tx) => inbox.once(tx, consumer, event.id, () => effect(tx, event, context)));
  };
}
