/**
 * A worker that dies at a chosen point: before or after any of its effects outside of itself (a commit, a call of the carrier, a call of the
 * order app, a timer). Everything of the app is real, and so is the database; carrier and order app are the world, which remembers.
 */
import { type OrderDocument, transient } from '@ordo/contracts';
import { systemClock } from '@ordo/kernel';
import type { NodePools, Placement, ShardTransactions } from '@ordo/sharding';
import { type DueTimer, type TimerRequest, type Timers, TimerWriter } from '@ordo/timers';
import { ReportHandler } from '../../callbacks/report-handler.js';
import type { Carrier, CourierCall } from '../../carriers/carrier.js';
import { CarrierRegistry } from '../../carriers/carrier-registry.js';
import { DeliveryChanges } from '../../change/delivery-changes.js';
import { DeliveryQueue } from '../../change/delivery-queues.js';
import { DeliveryRepository } from '../../delivery-record/delivery.repository.js';
import { houseTerms } from '../../merchant-contracts/merchant-terms.js';
import { PromiseTokens } from '../../promise-answers/promise-token.js';
import { ReceiptDesk } from '../../receipt/receipt-desk.js';
import { DELIVERY_NODE_SCHEMA } from '../../schemas/delivery-schemas.js';
import { UNCLAIMED_AFTER_MS } from '../../waybill-life/push-instants.rules.js';
import { WaybillRepository } from '../../waybills/waybill.repository.js';
import { HandOffHandler } from '../hand-off-handler.js';
import { PushTask } from '../push-task.js';
import { Pusher } from '../pusher.js';

const SECRET = 'a secret of the rehearsal that is long enough';
const CARRIER = 'hub';
const RETRY_MS = 1_000;

export class Killed extends Error {}

/** Whoever outlives the worker. */
export interface World {
  readonly order: OrderDocument;
  /** By credential: how often the carrier heard of the waybill. */
  readonly heard: Map<string, number>;
  /** The next so many calls of the carrier fail after it has heard them. */
  lostAnswers: number;
  /** Receipts that changed the order, and how often it was told. */
  receipts: number;
  told: number;
}

export interface RehearsalStores {
  readonly pools: NodePools;
  readonly placement: Placement;
  readonly transactions: ShardTransactions;
  /** Numbers as orders have them. */
  readonly nextNumber: (userShard: number, merchantShard: number) => string;
}

export class MortalWorker {
  readonly handOffs: HandOffHandler;
  readonly reports: ReportHandler;
  private readonly tasks: Readonly<Record<string, { handle(timer: DueTimer): Promise<unknown> }>>;
  private points = 0;
  private isDead = false;

  /** `diesAt`: the number of the point, from 1; absent: it lives. */
  constructor(
    private readonly stores: RehearsalStores,
    private readonly world: World,
    private readonly diesAt?: number,
  ) {
    const { pools, placement, transactions } = stores;
    const timers = this.timers();
    const run: ShardTransactions['run'] = (unit) => this.step(() => transactions.run(unit));
    const changes = new DeliveryChanges(placement, { run }, () => timers, systemClock);
    const deliveries = new DeliveryRepository(pools, placement);
    const carriers = new CarrierRegistry([this.carrier()]);
    const orders = { read: async () => world.order, advance: () => this.step(async () => received(world)) };
    this.reports = new ReportHandler(changes, () => undefined);
    const recorder = { pushed: () => undefined, carrierBroken: () => undefined };
    const waybills = new WaybillRepository(pools, placement);
    const pusher = new Pusher(deliveries, waybills, carriers, this.reports, systemClock, recorder);
    const settings = {
      ...{ secret: SECRET, carrier: CARRIER, nextNumber: stores.nextNumber },
      onCalled: (): void => undefined,
    };
    const contracts = { termsOf: async () => houseTerms };
    this.handOffs = new HandOffHandler(changes, orders, contracts, new PromiseTokens([SECRET]), systemClock, settings);
    this.tasks = {
      [DeliveryQueue.PUSH]: new PushTask(pusher, changes, () => timers, placement, systemClock, {
        unclaimedAfterMs: UNCLAIMED_AFTER_MS,
        onUnclaimed: () => undefined,
      }),
      [DeliveryQueue.RECEIPT]: new ReceiptDesk(deliveries, changes, orders, () => undefined),
    };
  }

  /** How many points it has lived through. */
  get livedThrough(): number {
    return this.points;
  }

  /** What the timers' engine does once a timer is due. */
  async fire(queue: string, payload: string): Promise<void> {
    await this.tasks[queue]?.handle({ payload } as DueTimer);
  }

  private carrier(): Carrier {
    const call = ({ credential }: CourierCall) =>
      this.step(async () => {
        this.world.heard.set(credential, (this.world.heard.get(credential) ?? 0) + 1);
        if (this.world.lostAnswers > 0) {
          this.world.lostAnswers -= 1;
          throw transient('CARRIER_UNAVAILABLE', 'the answer was lost', RETRY_MS);
        }
        return { carrierRef: null };
      });
    return { name: CARRIER, call } as unknown as Carrier;
  }

  private timers(): Pick<Timers, 'writer' | 'index' | 'schedule'> {
    const { pools, placement } = this.stores;
    const queues = new Set<string>(Object.values(DeliveryQueue));
    const writer = new TimerWriter(queues, placement.nodeCount, systemClock, DELIVERY_NODE_SCHEMA);
    const schedule = (request: TimerRequest, node = 0) =>
      this.step(async () => {
        const { insert, entry } = writer.timerInsert(node, request);
        const ignoring = insert.into.replace('INSERT', 'INSERT IGNORE');
        await pools.at(node).query(`${ignoring} VALUES ${insert.row}`);
        return { id: entry.id, replayed: false };
      });
    return { writer, index: async () => undefined, schedule };
  }

  private async step<T>(effect: () => Promise<T>): Promise<T> {
    this.reach();
    const answer = await effect();
    this.reach();
    return answer;
  }

  private reach(): void {
    this.points += 1;
    this.isDead ||= this.points === this.diesAt;
    if (this.isDead) throw new Killed(`at point ${this.points}`);
  }
}

/** As the order app does: the second time is a replay. */
function received(world: World): OrderDocument {
  world.told += 1;
  world.receipts = 1;
  return world.order;
}
