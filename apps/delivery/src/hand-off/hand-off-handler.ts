/**
 * Begins the delivery of an order: at its acceptance, or when its merchant calls. Guarantee: of any number of tries exactly one makes the
 * record, together with the mark of the event that caused it, its timers and its own event; the push that follows is only the fast way.
 */
import type { OrderClient } from '@ordo/assembly';
import { type OrderDocument, OrderStatus, Role, refuse } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { decodeOrderNumber, quote } from '@ordo/sharding';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import { latenessTimer, pushTimer } from '../change/delivery-queues.js';
import { firstRepush } from '../commands/delivery-command.js';
import type { DeliveryRecord } from '../delivery-record/delivery-record.js';
import type { MerchantContractRepository } from '../merchant-contracts/merchant-contract.repository.js';
import { HandOffMoment, type MerchantTerms } from '../merchant-contracts/merchant-terms.js';
import type { FrozenPromise, PromiseTokens } from '../promise-answers/promise-token.js';
import { judgementAt } from '../punctuality/lateness-verdict.js';
import { DELIVERY_NODE_SCHEMA } from '../schemas/delivery-schemas.js';
import { eventOfState } from '../waybill-life/event-of-state.js';
import { credentialOf, digestOf, type Waybill } from '../waybills/waybill.js';
import { waybillInserts } from '../waybills/waybill.repository.js';
import { firstRecord, needsCourier, payloadOf } from './first-record.js';

/** Where a mark of the consumer's inbox goes along. */
export interface HandledEvent {
  readonly consumer: string;
  readonly eventId: string;
}

export interface HandOffSettings {
  readonly secret: string;
  /** Who is called first. */
  readonly carrier: string;
  /** Numbers as orders have them. */
  readonly nextNumber: (userShard: number, merchantShard: number) => string;
  /** Hears of a new call, beside the timer that makes its push certain. */
  readonly onCalled: (orderId: string, attempt: number) => void;
}

export class HandOffHandler {
  constructor(
    private readonly changes: DeliveryChanges,
    private readonly orders: Pick<OrderClient, 'read'>,
    private readonly contracts: Pick<MerchantContractRepository, 'termsOf'>,
    private readonly tokens: PromiseTokens,
    private readonly clock: Clock,
    private readonly settings: HandOffSettings,
  ) {}

  /** Does nothing for orders that need no courier, ended meanwhile, or wait for their merchant's call. Safe to repeat. */
  async atAcceptance(orderId: string, event: HandledEvent, traceParent: string | null): Promise<void> {
    const order = await this.orders.read(orderId);
    if (order.status !== OrderStatus.ACCEPTED || !needsCourier(order)) return;
    const terms = await this.termsOf(order);
    if (terms.handOff !== HandOffMoment.ACCEPTANCE) return;
    await this.begin(order, terms, Role.SYSTEM, traceParent, event);
  }

  /** @throws Refusal ORDER_NOT_FOUND, DELIVERY_NOT_IN_STATE for an order that is not accepted or needs no courier. Safe to repeat. */
  async atCall(order: OrderDocument, role: number, traceParent: string | null): Promise<void> {
    if (order.status !== OrderStatus.ACCEPTED || !needsCourier(order)) {
      const details = { orderId: order.orderId, from: null, command: 'hand-off', orderStatus: order.status };
      throw refuse('DELIVERY_NOT_IN_STATE', `an order in ${order.status} is not handed to a carrier`, details);
    }
    const terms = await this.termsOf(order);
    await this.begin(order, terms, role, traceParent);
  }

  private async begin(
    order: OrderDocument,
    { contract }: MerchantTerms,
    role: number,
    traceParent: string | null,
    event?: HandledEvent,
  ): Promise<void> {
    const { orderId } = order;
    const { carrier, onCalled, nextNumber } = this.settings;
    const { userShard, merchantShard } = decodeOrderNumber(orderId);
    const nowMs = this.clock.nowMs();
    const promise = this.promiseOf(order);
    const deliveryId = nextNumber(userShard, merchantShard);
    const record = firstRecord(order, { deliveryId, contract, promise, carrier, nowMs });
    const waybill = this.waybillOf(record, JSON.stringify(payloadOf(order, promise)), nowMs);
    const isFirst = await this.changes.birth<boolean>({
      ...{ orderId, traceParent, record, known: () => false },
      open: () => (event === undefined ? [] : [inboxMark(event)]),
      first: ({ address }) => ({
        verdict: true,
        events: [eventOfState(record.life.state, nowMs, role)],
        inserts: waybillInserts(address.schema, waybill),
        timers: [pushTimer({ orderId, attempt: 1, push: 1 }, firstRepush(nowMs)), ...latenessTimers(record)],
      }),
    });
    if (isFirst) onCalled(orderId, 1);
  }

  /** As they stood at the acceptance, however late we hear of it. */
  private termsOf({ merchantId, acceptedAt }: OrderDocument): Promise<MerchantTerms> {
    const acceptedAtMs = Date.parse(acceptedAt ?? '');
    return this.contracts.termsOf(merchantId, Number.isNaN(acceptedAtMs) ? this.clock.nowMs() : acceptedAtMs);
  }

  /** A token that is not ours promises nothing. */
  private promiseOf({ extension }: OrderDocument): FrozenPromise | null {
    const token = extension['promiseToken'];
    return typeof token === 'string' ? (this.tokens.read(token) ?? null) : null;
  }

  private waybillOf({ orderId, carrier }: DeliveryRecord, payload: string, nowMs: number): Waybill {
    return {
      ...{ orderId, attempt: 1, carrier: carrier ?? this.settings.carrier, payload, digest: digestOf(payload) },
      credential: credentialOf(orderId, 1, this.settings.secret),
      ...{ carrierRef: null, calledAtMs: nowMs, acknowledgedAtMs: null },
    };
  }
}

/** An answer of 0 rows: the event was handled before. A delivery is made once in any case; the mark says which event it was. */
export const inboxMark = ({ consumer, eventId }: HandledEvent): string =>
  `INSERT IGNORE INTO ${DELIVERY_NODE_SCHEMA}.inbox (consumer, event_id, handled_at) VALUES (${quote(consumer)}, ${quote(eventId)}, UTC_TIMESTAMP(3))`;

function latenessTimers(record: DeliveryRecord) {
  const judgedAtMs = judgementAt(record);
  return judgedAtMs === null ? [] : [latenessTimer(record.orderId, judgedAtMs)];
}
