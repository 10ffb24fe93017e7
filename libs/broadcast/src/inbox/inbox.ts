/** The transaction that the effect runs in; `query` sends one statement and answers as mysql2 does. */
export interface InboxConnection {
  query(sql: string): Promise<unknown>;
}

/** `first` is false for a repeat: the effect did not run, because it happened before. */
export type OnceResult<T> = { readonly first: true; readonly value: T } | { readonly first: false };

/**
 * Makes the effect of an event happen once, although its deliveries repeat. The caller begins and commits the transaction; an
 * implementation owes the following. Each obligation is a named case of `inboxContract`.
 *
 * - **Same transaction.** The mark is written through `tx` and nothing else. Otherwise a crash between two commits leaves a mark
 *   without its effect (lost for ever) or an effect without its mark (done again).
 * - **Mark before effect.** The mark is written first and locks. Two deliveries of one event at the same moment (a consumer that
 *   lost its connection goes on while the broker delivers to another) would else both find no mark and both do the effect.
 *   The second waits until the first ended; if it rolled back, the second is the first.
 * - **A failing effect passes through.** Its error reaches the caller unchanged, who rolls back, and the mark goes with the effect.
 * - **One consumer's mark is not another's.** The key is (consumer, event id): two consumers of one event both act.
 * - **No silent shortening.** A name or id that does not fit is refused with InvariantViolation: cut to length, two ids become
 *   one, and the second event would be taken for a repeat.
 *
 * Throws Transient `INBOX_CONTENDED` where the database chose this transaction as a deadlock's victim or gave up waiting for the
 * other delivery: roll back, let the error reach the EventConsumer, and the event comes again.
 */
export interface Inbox<Tx = InboxConnection> {
  once<T>(tx: Tx, consumer: string, eventId: string, effect: () => Promise<T>): Promise<OnceResult<T>>;
}
