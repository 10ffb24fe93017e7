/** What both roles share: the ledger, the units over it, and the handlers. Nothing here connects to anything by itself. */
import type { LeasedNumbers, Links } from '@ordo/assembly';
import { systemClock } from '@ordo/kernel';
import type { Logger } from '@ordo/platform';
import { type ShardTransactions, shardOf } from '@ordo/sharding';
import { ApplyRefundHandler } from '../application/apply-refund-handler.js';
import { type OrderPort, OrderSource } from '../application/order-source.js';
import { AutomaticRefunds } from '../automatic/automatic-refunds.js';
import { AFTERSALE_NODE_SCHEMA, AftersalePlacement } from '../change/aftersale-address.js';
import { ledgerFollowing } from '../change/ledger-following.js';
import { RefundUnits } from '../change/refund-units.js';
import { grantAddressOf } from '../compensation/compensation-address.js';
import { CompensationBook } from '../compensation/compensation-book.js';
import { grantTelling } from '../compensation/compensation-events.js';
import { loadRules } from '../compensation/rule-file.rules.js';
import { DecideRefundHandler } from '../decision/decide-refund-handler.js';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import { RefundReads } from '../reading/refund-reads.repository.js';
import { RefundBook } from '../refund-ledger/refund-book.js';
import { defaultPace } from '../transfer/transfer-pace.rules.js';
import { TimerKnot } from './timer-knot.js';

export interface CoreParts {
  readonly links: Links;
  readonly transactions: ShardTransactions;
  readonly numbers: LeasedNumbers;
  readonly channels: PaymentChannels;
  readonly orders: OrderPort;
  readonly logger: Logger;
  /** Whose days the budgets of compensation are of. */
  readonly timeZone: string;
}

export interface AftersaleCore {
  readonly placement: AftersalePlacement;
  readonly knot: TimerKnot;
  readonly book: RefundBook;
  readonly reads: RefundReads;
  readonly source: OrderSource;
  readonly applications: ApplyRefundHandler;
  readonly decisions: DecideRefundHandler;
  readonly automatic: AutomaticRefunds;
  readonly compensations: CompensationBook;
}

export function assembleCore(parts: CoreParts): AftersaleCore {
  const { links, transactions, numbers, channels, orders } = parts;
  const { pools } = links;
  const placement = new AftersalePlacement(pools.all.length);
  const knot = new TimerKnot();
  const stores = {
    ...{ pools, transactions, addresses: placement.all },
    addressOf: (orderId: string) => placement.ofNumber(orderId),
  };
  const companion = ledgerFollowing(placement, knot.refunds);
  const book = new RefundBook(stores, { timers: knot.steps, companion, pace: defaultPace, clock: systemClock });
  const units = new RefundUnits(placement, transactions, book);
  const reads = new RefundReads(pools, placement);
  const source = new OrderSource(orders, channels);
  return {
    ...{ placement, knot, book, reads, source },
    applications: new ApplyRefundHandler(source, units, reads, knot.refunds, numbers, systemClock),
    decisions: new DecideRefundHandler(reads, units, knot.refunds, systemClock),
    automatic: new AutomaticRefunds(source, units, knot.refunds, numbers, systemClock),
    compensations: assembleCompensations(parts, placement, knot),
  };
}

/** The rules file is checked here: a process with wrong rules does not start. */
function assembleCompensations(
  { links, transactions, numbers, timeZone }: CoreParts,
  placement: AftersalePlacement,
  knot: TimerKnot,
): CompensationBook {
  // The Swedish write days as ISO 8601 does.
  const days = new Intl.DateTimeFormat('sv-SE', { timeZone });
  return new CompensationBook(
    { pools: links.pools, transactions, addressOf: (number) => grantAddressOf(placement, number) },
    {
      ...{ rules: loadRules(), timers: knot.grants, pace: defaultPace, clock: systemClock },
      companion: grantTelling(AFTERSALE_NODE_SCHEMA),
      newId: ({ userId, merchantId }) => numbers.next(shardOf(userId), shardOf(merchantId)),
      dayOf: (instantMs) => days.format(instantMs),
    },
  );
}
