/** The ledger of one order in memory, by the same rules: for laws that have to hold under every order of events. */
import { invariant } from '@ordo/kernel';
import type { ChannelEvent } from '../../payment-channel/payment-channel.js';
import { TransferFact, TransferNews } from '../../transfer/transfer.state.js';
import type { TransferBook } from '../../transfer/transfer-driver.js';
import type { TransferPace } from '../../transfer/transfer-pace.rules.js';
import type { Tidings } from '../../transfer/transfer-progress.js';
import type { RefundLedgerState, RefundTransfer } from '../refund-account.js';
import {
  afterChange,
  applyTidings,
  assertSound,
  type PaymentFacts,
  type RefundChange,
  type ReserveRequest,
  reserve,
  takePayment,
  withPayment,
} from '../refund-ledger.rules.js';

export interface WrittenFact {
  readonly number: string;
  readonly seq: number;
  readonly fact: TransferFact;
}

export interface MemoryStep {
  readonly number: string;
  readonly version: number;
  readonly dueMs: number;
}

const emptyLedger = (orderId: string, currency: string): RefundLedgerState => ({
  account: { orderId, currency, paid: 0, held: 0, confirmed: 0, refundCount: 0, version: 1 },
  ...{ lines: [], payments: [], transfers: [] },
});

const newsOf = { succeeded: TransferNews.SUCCEEDED, failed: TransferNews.FAILED, pending: TransferNews.PENDING };

export class MemoryRefundBook implements TransferBook<RefundTransfer> {
  state: RefundLedgerState;
  readonly facts: WrittenFact[] = [];
  readonly steps: MemoryStep[] = [];
  private readonly heard = new Set<string>();

  constructor(
    orderId: string,
    currency: string,
    private readonly pace: TransferPace,
    private readonly nowMs: () => number,
  ) {
    this.state = emptyLedger(orderId, currency);
  }

  takePayment(facts: PaymentFacts): void {
    const taken = takePayment(this.state, facts);
    if (taken !== undefined) this.state = withPayment(this.state, taken);
  }

  reserve(request: ReserveRequest): RefundTransfer {
    const reserved = reserve(this.state, request, this.nowMs());
    return 'replay' in reserved ? reserved.replay : this.commit(reserved);
  }

  async read(refundNumber: string): Promise<RefundTransfer | undefined> {
    return this.state.transfers.find(({ number }) => number === refundNumber);
  }

  async record(refundNumber: string, tidings: Tidings, expectedVersion: number): Promise<RefundTransfer | undefined> {
    const now = await this.read(refundNumber);
    return now?.version === expectedVersion ? this.apply(refundNumber, tidings) : undefined;
  }

  hear({ refundNumber, outcome, replayKey }: Pick<ChannelEvent, 'refundNumber' | 'outcome' | 'replayKey'>): void {
    if (this.heard.has(replayKey)) return;
    this.heard.add(replayKey);
    this.apply(refundNumber, { news: newsOf[outcome] });
  }

  apply(refundNumber: string, tidings: Tidings): RefundTransfer | undefined {
    const change = applyTidings(this.state, refundNumber, tidings, this.nowMs(), this.pace);
    return change === undefined ? undefined : this.commit(change);
  }

  private commit(change: RefundChange): RefundTransfer {
    const { transfer, fact } = change;
    this.state = afterChange(change);
    assertSound(this.state);
    const { number, version, nextAtMs } = transfer;
    const before = this.facts.filter((written) => written.number === number).length;
    invariant(before + 1 === version, 'each version has one fact', { number, version });
    this.facts.push({ number, seq: version, fact });
    if (nextAtMs !== null) this.steps.push({ number, version, dueMs: nextAtMs });
    return transfer;
  }
}
