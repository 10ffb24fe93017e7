/** Where a transfer stands, and what a piece of news makes of it. */
import { invariant } from '@ordo/kernel';
import { isTerminal, nextTransfer, TransferFact, TransferNews, TransferState } from './transfer.state.js';
import { backOffMs, type TransferPace } from './transfer-pace.rules.js';

export interface TransferProgress {
  readonly state: TransferState;
  /** 1 for the reservation; each change adds one and writes one fact of that number. */
  readonly version: number;
  /** Requests that left, or may have. */
  readonly sends: number;
  /** Answers without an end since the reservation, the last refusal or a person's word: requests that said nothing are among them. */
  readonly looks: number;
  /** Refusals and failures in a row, since the reservation or since a person said "again". */
  readonly failures: number;
  /** Refusals that the partner has written down, in all: see `isRecorded` of PartnerAnswer. Never reset. */
  readonly refusals: number;
  /** Why the last one; a word of PartnerRefusal or UnknownCause. */
  readonly failure: string | null;
  /** The partner's own id of the movement. */
  readonly reference: string | null;
  /** When the next step is due; null when none is. */
  readonly nextAtMs: number | null;
  readonly reservedAtMs: number;
  /** When the first request left: the day on which the partner's book has it. */
  readonly sentAtMs: number | null;
}

/** A piece of news with what came along. */
export interface Tidings {
  readonly news: TransferNews;
  readonly reason?: string;
  readonly reference?: string | null;
  /** The partner asked for so much patience. */
  readonly retryAfterMs?: number;
  readonly isRecorded?: boolean;
}

export interface Advance {
  readonly after: TransferProgress;
  readonly fact: TransferFact;
}

export const reservedProgress = (nowMs: number): TransferProgress => ({
  ...{ state: TransferState.RESERVED, version: 1, sends: 0, looks: 0, failures: 0, refusals: 0 },
  ...{ failure: null, reference: null, nextAtMs: nowMs, reservedAtMs: nowMs, sentAtMs: null },
});

/** What `tidings` make of `before`; undefined: nothing, they are stale or a repeat. Exactly the ends and STALLED have no next step. */
export function advance(
  before: TransferProgress,
  tidings: Tidings,
  nowMs: number,
  pace: TransferPace,
): Advance | undefined {
  const row = nextTransfer(before.state, tidings.news);
  if (row === undefined) return undefined;
  const counted: TransferProgress = {
    ...before,
    ...countsAfter(before, tidings.news),
    state: row.to,
    refusals: before.refusals + (tidings.isRecorded === true ? 1 : 0),
    version: before.version + 1,
    failure: failureAfter(before, row.to, tidings),
    reference: tidings.reference ?? before.reference,
    sentAtMs: before.sentAtMs ?? (tidings.news === TransferNews.SEND ? nowMs : null),
  };
  const waits = waitOf(counted, tidings, pace);
  const after = { ...counted, nextAtMs: waits === null ? null : nowMs + waits };
  const isAtRest = isTerminal(after.state) || after.state === TransferState.STALLED;
  invariant(isAtRest === (after.nextAtMs === null), 'a transfer has a next step unless it is at rest', {
    state: after.state,
  });
  return { after, fact: row.fact };
}

/** Who said "again" stands in the ledger; why the partner refused stays what it was until it says something else. */
function failureAfter({ failure }: TransferProgress, to: TransferState, { news, reason }: Tidings): string | null {
  if (to === TransferState.CONFIRMED) return null;
  return news === TransferNews.RETRY ? failure : (reason ?? failure);
}

function countsAfter(
  { state, sends, looks, failures }: TransferProgress,
  news: TransferNews,
): Pick<TransferProgress, 'sends' | 'looks' | 'failures'> {
  switch (news) {
    case TransferNews.SEND:
      // A request that was lost is sent again ever more rarely, or a partner that always breaks would be asked every second for ever.
      return { sends: sends + 1, looks: state === TransferState.SENT ? looks : 0, failures };
    case TransferNews.ACCEPTED:
    case TransferNews.UNANSWERED:
    case TransferNews.PENDING:
      return { sends, looks: looks + 1, failures };
    case TransferNews.REFUSED:
    case TransferNews.FAILED:
      return { sends, looks, failures: failures + 1 };
    case TransferNews.RETRY:
      return { sends, looks: 0, failures: 0 };
    default:
      return { sends, looks, failures };
  }
}

/** How long until the next step; null: there is none. */
function waitOf(after: TransferProgress, { news, retryAfterMs = 0 }: Tidings, pace: TransferPace): number | null {
  if (isTerminal(after.state) || after.state === TransferState.STALLED) return null;
  if (after.state === TransferState.FAILED) {
    return Math.max(retryAfterMs, backOffMs(pace.firstRetryMs, pace.maxRetryMs, after.failures));
  }
  if (news === TransferNews.SEND) return pace.graceMs;
  // A person who says "again" is answered now; what is there is looked at before anything is sent.
  if (news === TransferNews.RETRY) return 0;
  return backOffMs(pace.firstLookMs, pace.maxLookMs, after.looks);
}
