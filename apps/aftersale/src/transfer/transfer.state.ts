/**
 * The life of one movement of money out of the house, a refund or a payout, in one table. A transfer has one number for ever: the
 * partner's idempotency key. Nothing here moves money; it says what may be believed after a piece of news. Pure: no clock, no database.
 *
 * Only CONFIRMED and RELEASED are ends. CONFIRMED comes from a callback or a query, never from the answer to a request: that a refund
 * object exists is no proof that money moved. RELEASED comes from a refusal that is final by the partner's contract, or from a person.
 */

export const TransferState = {
  /** The amount is held; nothing was sent. */
  RESERVED: 'RESERVED',
  /** A request is, or may be, on its way or at the partner. */
  SENT: 'SENT',
  /** The partner said no, for now; the same number is sent again later. */
  FAILED: 'FAILED',
  /** Tried for as long as makes sense: waits for a person. */
  STALLED: 'STALLED',
  /** The money moved. */
  CONFIRMED: 'CONFIRMED',
  /** The money did not move and never will under this number; the hold is given back. */
  RELEASED: 'RELEASED',
} as const;
export type TransferState = (typeof TransferState)[keyof typeof TransferState];

/** What is learned of a transfer, or wanted of it. */
export const TransferNews = {
  /** About to be sent: committed before the request leaves, so that a process that dies afterwards is known to have possibly asked. */
  SEND: 'SEND',
  ACCEPTED: 'ACCEPTED',
  /** No answer, or none that says what happened. */
  UNANSWERED: 'UNANSWERED',
  PENDING: 'PENDING',
  REFUSED: 'REFUSED',
  REFUSED_FINALLY: 'REFUSED_FINALLY',
  FAILED: 'FAILED',
  SUCCEEDED: 'SUCCEEDED',
  GIVEN_UP: 'GIVEN_UP',
  /** A person: try again. */
  RETRY: 'RETRY',
  /** A person who knows that no money moved: give the hold back. */
  RELEASE: 'RELEASE',
} as const;
export type TransferNews = (typeof TransferNews)[keyof typeof TransferNews];

/** What is written down for ever, one line for each change. */
export const TransferFact = {
  RESERVED: 'RESERVED',
  SENT: 'SENT',
  ACCEPTED: 'ACCEPTED',
  UNANSWERED: 'UNANSWERED',
  PENDING: 'PENDING',
  REFUSED: 'REFUSED',
  FAILED: 'FAILED',
  STALLED: 'STALLED',
  RETRIED: 'RETRIED',
  CONFIRMED: 'CONFIRMED',
  RELEASED: 'RELEASED',
  /** The partner says the opposite of what was believed to be the end: a person has to look, the books stay as they are. */
  CONTRADICTED: 'CONTRADICTED',
} as const;
export type TransferFact = (typeof TransferFact)[keyof typeof TransferFact];

export interface TransferRow {
  readonly from: TransferState;
  readonly on: TransferNews;
  readonly to: TransferState;
  readonly fact: TransferFact;
}

const S = TransferState;
const N = TransferNews;
const F = TransferFact;

export const transferTable = [
  { from: S.RESERVED, on: N.SEND, to: S.SENT, fact: F.SENT },
  // A number that moved money without our knowing of a request: a restored database. Money that moved is a fact.
  { from: S.RESERVED, on: N.SUCCEEDED, to: S.CONFIRMED, fact: F.CONFIRMED },

  // The partner knows nothing of it, so the request was lost on its way: the same number again.
  { from: S.SENT, on: N.SEND, to: S.SENT, fact: F.SENT },
  { from: S.SENT, on: N.ACCEPTED, to: S.SENT, fact: F.ACCEPTED },
  { from: S.SENT, on: N.UNANSWERED, to: S.SENT, fact: F.UNANSWERED },
  { from: S.SENT, on: N.PENDING, to: S.SENT, fact: F.PENDING },
  { from: S.SENT, on: N.REFUSED, to: S.FAILED, fact: F.REFUSED },
  { from: S.SENT, on: N.FAILED, to: S.FAILED, fact: F.FAILED },
  { from: S.SENT, on: N.REFUSED_FINALLY, to: S.RELEASED, fact: F.RELEASED },
  { from: S.SENT, on: N.GIVEN_UP, to: S.STALLED, fact: F.STALLED },
  { from: S.SENT, on: N.SUCCEEDED, to: S.CONFIRMED, fact: F.CONFIRMED },

  { from: S.FAILED, on: N.SEND, to: S.SENT, fact: F.SENT },
  { from: S.FAILED, on: N.GIVEN_UP, to: S.STALLED, fact: F.STALLED },
  { from: S.FAILED, on: N.SUCCEEDED, to: S.CONFIRMED, fact: F.CONFIRMED },

  { from: S.STALLED, on: N.RETRY, to: S.SENT, fact: F.RETRIED },
  { from: S.STALLED, on: N.RELEASE, to: S.RELEASED, fact: F.RELEASED },
  { from: S.STALLED, on: N.SUCCEEDED, to: S.CONFIRMED, fact: F.CONFIRMED },

  // A bank that sends money back after weeks; a partner that breaks its word. Neither opens a closed book.
  { from: S.CONFIRMED, on: N.FAILED, to: S.CONFIRMED, fact: F.CONTRADICTED },
  { from: S.RELEASED, on: N.SUCCEEDED, to: S.RELEASED, fact: F.CONTRADICTED },
] as const satisfies readonly TransferRow[];

const rows = new Map<string, TransferRow>(transferTable.map((row) => [`${row.from}>${row.on}`, row]));

/** What `news` makes of a transfer in `state`; undefined: it is stale or a repeat, and changes nothing. */
export const nextTransfer = (state: TransferState, news: TransferNews): TransferRow | undefined =>
  rows.get(`${state}>${news}`);

export const isTerminal = (state: TransferState): boolean => state === S.CONFIRMED || state === S.RELEASED;

/** Whether the amount is still spoken for and has not left yet. */
export const isHeld = (state: TransferState): boolean => !isTerminal(state);
