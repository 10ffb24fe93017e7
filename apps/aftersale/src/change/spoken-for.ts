/** What of an order is spoken for, from the ledger and the refunds behind it: the basis of every next breakdown. */

import type { StoredRefund } from '../record/refund-record.js';
import type { SpokenFor } from '../refund-amounts/refund-amounts.rules.js';
import type { RefundLedgerState } from '../refund-ledger/refund-account.js';
import { leftOf } from '../refund-ledger/refund-ledger.rules.js';
import { TransferState } from '../transfer/transfer.state.js';

/** Units count from the moment their amount is held until the hold is given back. */
export function spokenFor(ledger: RefundLedgerState, refunds: readonly StoredRefund[]): SpokenFor {
  const released = new Set(
    ledger.transfers.filter(({ state }) => state === TransferState.RELEASED).map(({ number }) => number),
  );
  const units = new Map<string, number>();
  for (const { record } of refunds) {
    if (record.refundNumber === null || released.has(record.refundNumber)) continue;
    for (const { itemId, quantity } of record.breakdown.items) units.set(itemId, (units.get(itemId) ?? 0) + quantity);
  }
  return { left: new Map(ledger.lines.map((line) => [line.lineKey, leftOf(line)])), units };
}
