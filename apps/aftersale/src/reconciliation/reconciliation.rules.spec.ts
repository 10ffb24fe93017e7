/** Each kind of difference is found, by its name, and agreement is silent. */
import { describe, expect, it } from '@jest/globals';
import type { ChannelRefund } from '../payment-channel/payment-channel.js';
import type { RefundTransfer } from '../refund-ledger/refund-account.js';
import { TransferState } from '../transfer/transfer.state.js';
import { reservedProgress } from '../transfer/transfer-progress.js';
import { DifferenceKind, reconcile } from './reconciliation.rules.js';

const NOON_MS = 1_790_000_000_000;

const aTransfer = (changes: Partial<RefundTransfer> = {}): RefundTransfer => ({
  ...{ ...reservedProgress(NOON_MS), state: TransferState.CONFIRMED, number: '17-1', orderId: '17', cause: 'c' },
  ...{ paymentId: 'pay-1', channel: 'generic', currency: 'CNY', amount: 500, lines: [] },
  ...changes,
});

const aRefund = (changes: Partial<ChannelRefund> = {}): ChannelRefund => ({
  ...{ refundNumber: '17-1', reference: 're_1', paymentId: 'pay-1', amount: 500, currency: 'CNY' },
  ...{ outcome: 'succeeded', createdAtMs: NOON_MS },
  ...changes,
});

const kindsOf = (listed: ChannelRefund[], known: RefundTransfer[], missing: RefundTransfer[] = []): string[] =>
  reconcile(listed, new Map(known.map((each) => [each.number, each])), missing).differences.map(({ kind }) => kind);

describe('a reconciliation', () => {
  it('is silent about what both books say, and adds both up', () => {
    const listed = [
      aRefund(),
      aRefund({ refundNumber: '18-1', amount: 70 }),
      aRefund({ refundNumber: '19-1', outcome: 'failed' }),
    ];
    const known = [
      aTransfer(),
      aTransfer({ number: '18-1', amount: 70 }),
      aTransfer({ number: '19-1', state: TransferState.RELEASED }),
    ];
    const found = reconcile(listed, new Map(known.map((each) => [each.number, each])), []);
    expect(found).toEqual({ channelRefunds: 3, channelMoved: 570, ledgerConfirmed: 570, differences: [] });
  });

  it.each([
    [DifferenceKind.UNKNOWN_TO_LEDGER, [aRefund({ refundNumber: null })], []],
    [DifferenceKind.UNKNOWN_TO_LEDGER, [aRefund({ refundNumber: '99-9' })], []],
    [DifferenceKind.AMOUNT_DIFFERS, [aRefund({ amount: 501 })], [aTransfer()]],
    [DifferenceKind.AMOUNT_DIFFERS, [aRefund({ currency: 'USD' })], [aTransfer()]],
    [DifferenceKind.PAYMENT_DIFFERS, [aRefund({ paymentId: 'pay-2' })], [aTransfer()]],
    [DifferenceKind.MOVED_BUT_RELEASED, [aRefund()], [aTransfer({ state: TransferState.RELEASED })]],
    [DifferenceKind.MOVED_BUT_OPEN, [aRefund()], [aTransfer({ state: TransferState.SENT })]],
    [DifferenceKind.FAILED_BUT_CONFIRMED, [aRefund({ outcome: 'failed' })], [aTransfer()]],
  ])('finds %s', (kind, listed, known) => {
    expect(kindsOf(listed, known)).toEqual([kind]);
  });

  it('finds money that moved twice under one number, on both movements', () => {
    const twice = [aRefund(), aRefund({ reference: 're_2' })];
    expect(kindsOf(twice, [aTransfer()])).toEqual([DifferenceKind.MOVED_TWICE, DifferenceKind.MOVED_TWICE]);
    // An earlier object of the number that failed is how Stripe tries again.
    expect(kindsOf([aRefund({ outcome: 'failed' }), aRefund({ reference: 're_2' })], [aTransfer()])).toEqual([]);
  });

  it('finds what the ledger confirmed and the channel does not have, and counts it on the ledger’s side', () => {
    const found = reconcile([], new Map(), [aTransfer()]);
    expect(found.differences).toMatchObject([
      { kind: DifferenceKind.UNKNOWN_TO_CHANNEL, channelAmount: null, ledgerAmount: 500 },
    ]);
    expect([found.channelMoved, found.ledgerConfirmed]).toEqual([0, 500]);
  });
});
