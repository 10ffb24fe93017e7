/** What can be asked of a refund, and what its table says about each command. */
import type { RefundEventName, RefundKind, RefundStatus, Role } from '@ordo/contracts';

export const RefundCommand = {
  /** The user asks; the other side decides. */
  APPLY: 'apply',
  /** Born agreed: a merchant's own refund, customer service, money that goes back by itself. */
  START: 'start',
  WITHDRAW: 'withdraw',
  AGREE: 'agree',
  REJECT: 'reject',
  APPEAL: 'appeal',
  /** The appeal is over: nobody came. */
  LAPSE: 'lapse',
  /** A ruling for the user. */
  UPHOLD: 'uphold',
  /** A ruling against the user. */
  DISMISS: 'dismiss',
  /** The order ended and pays back whole. */
  SUPERSEDE: 'supersede',
  /** The channel was asked. */
  SEND: 'send',
  SUCCEED: 'succeed',
  FAIL: 'fail',
} as const;
export type RefundCommand = (typeof RefundCommand)[keyof typeof RefundCommand];

/** How a state ends by itself: after so long the system issues the command. */
export interface RefundDeadline {
  readonly command: RefundCommand;
  /** By kind: an order in the making cannot wait as long as a finished one. */
  readonly afterMs: Readonly<Record<RefundKind, number>>;
}

/** Which of two rows of one pair counts: whether the user may appeal once more. */
export type AppealsLeft = 'some' | 'none';

export interface RefundRow {
  /** `null`: there is no refund yet. */
  readonly from: RefundStatus | null;
  readonly on: RefundCommand;
  readonly to: RefundStatus;
  readonly roles: readonly Role[];
  readonly appeals?: AppealsLeft;
  readonly deadline: RefundDeadline | null;
  readonly emits: RefundEventName;
}
