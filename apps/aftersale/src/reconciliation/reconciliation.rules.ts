/**
 * Ledger against channel, for one day of one channel: what each says that the other does not. Pure. A difference is a fact for a person; nothing
 * is mended here, because both books cannot be right and only one of them is ours.
 */
import type { ChannelRefund } from '../payment-channel/payment-channel.js';
import type { RefundTransfer } from '../refund-ledger/refund-account.js';
import { isHeld, TransferState } from '../transfer/transfer.state.js';

export const DifferenceKind = {
  /** The channel moved money that the ledger knows nothing of: by hand, or by somebody with our keys. */
  UNKNOWN_TO_LEDGER: 'UNKNOWN_TO_LEDGER',
  /** The ledger has it confirmed and the channel has nothing of it. */
  UNKNOWN_TO_CHANNEL: 'UNKNOWN_TO_CHANNEL',
  MOVED_TWICE: 'MOVED_TWICE',
  AMOUNT_DIFFERS: 'AMOUNT_DIFFERS',
  /** Of another payment than the ledger says. */
  PAYMENT_DIFFERS: 'PAYMENT_DIFFERS',
  /** The money moved and the hold was given back: the same money may go twice. */
  MOVED_BUT_RELEASED: 'MOVED_BUT_RELEASED',
  FAILED_BUT_CONFIRMED: 'FAILED_BUT_CONFIRMED',
  /** The money moved and the ledger still waits: a callback was lost and the next look will find it. */
  MOVED_BUT_OPEN: 'MOVED_BUT_OPEN',
} as const;
export type DifferenceKind = (typeof DifferenceKind)[keyof typeof DifferenceKind];

export interface Difference {
  readonly kind: DifferenceKind;
  readonly refundNumber: string | null;
  readonly reference: string | null;
  /** By the channel; null where it has nothing. */
  readonly channelAmount: number | null;
  /** By the ledger; null where it has nothing. */
  readonly ledgerAmount: number | null;
  readonly ledgerState: TransferState | null;
}

export interface Reconciliation {
  /** By the channel: refunds of the day, and what of them moved. */
  readonly channelRefunds: number;
  readonly channelMoved: number;
  /** By the ledger: of the same refunds, what is confirmed. */
  readonly ledgerConfirmed: number;
  readonly differences: readonly Difference[];
}

/**
 * `listed`: the channel's refunds of the day. `known`: the ledger's refund of every number among them that it has. `missing`: refunds that the
 * ledger confirmed and sent on that day, of which the channel was asked and knows nothing.
 */
export function reconcile(
  listed: readonly ChannelRefund[],
  known: ReadonlyMap<string, RefundTransfer>,
  missing: readonly RefundTransfer[],
): Reconciliation {
  const moved = listed.filter(({ outcome }) => outcome === 'succeeded');
  const movedOf = new Map<string, number>();
  for (const { refundNumber } of moved) {
    if (refundNumber !== null) movedOf.set(refundNumber, (movedOf.get(refundNumber) ?? 0) + 1);
  }
  const differences = listed.flatMap((refund) => differencesOf(refund, known.get(refund.refundNumber ?? ''), movedOf));
  const confirmed = [...known.values()].filter(({ state }) => state === TransferState.CONFIRMED);
  return {
    channelRefunds: listed.length,
    channelMoved: moved.reduce((sum, { amount }) => sum + amount, 0),
    ledgerConfirmed: [...confirmed, ...missing].reduce((sum, { amount }) => sum + amount, 0),
    differences: [
      ...differences,
      ...missing.map((transfer) => difference(DifferenceKind.UNKNOWN_TO_CHANNEL, undefined, transfer)),
    ],
  };
}

function differencesOf(
  refund: ChannelRefund,
  transfer: RefundTransfer | undefined,
  movedOf: ReadonlyMap<string, number>,
): Difference[] {
  const { outcome, amount, currency, paymentId, refundNumber } = refund;
  if (transfer === undefined) {
    // What failed at the channel and is unknown here moved nothing.
    return outcome === 'failed' ? [] : [difference(DifferenceKind.UNKNOWN_TO_LEDGER, refund, undefined)];
  }
  const kinds: DifferenceKind[] = [];
  const hasMoved = outcome === 'succeeded';
  if (hasMoved && (movedOf.get(refundNumber ?? '') ?? 0) > 1) kinds.push(DifferenceKind.MOVED_TWICE);
  if (hasMoved && (amount !== transfer.amount || currency !== transfer.currency))
    kinds.push(DifferenceKind.AMOUNT_DIFFERS);
  if (hasMoved && paymentId !== transfer.paymentId) kinds.push(DifferenceKind.PAYMENT_DIFFERS);
  if (hasMoved && transfer.state === TransferState.RELEASED) kinds.push(DifferenceKind.MOVED_BUT_RELEASED);
  if (hasMoved && isHeld(transfer.state)) kinds.push(DifferenceKind.MOVED_BUT_OPEN);
  const isDead = outcome === 'failed' && (movedOf.get(refundNumber ?? '') ?? 0) === 0;
  if (isDead && transfer.state === TransferState.CONFIRMED) kinds.push(DifferenceKind.FAILED_BUT_CONFIRMED);
  return kinds.map((kind) => difference(kind, refund, transfer));
}

const difference = (
  kind: DifferenceKind,
  refund: ChannelRefund | undefined,
  transfer: RefundTransfer | undefined,
): Difference => ({
  kind,
  refundNumber: refund?.refundNumber ?? transfer?.number ?? null,
  reference: refund?.reference ?? transfer?.reference ?? null,
  channelAmount: refund?.amount ?? null,
  ledgerAmount: transfer?.amount ?? null,
  ledgerState: transfer?.state ?? null,
});
