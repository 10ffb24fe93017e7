/**
 * Runs changes of deliveries through shard transactions: opens the row under its lock, lets a pure function decide, and applies what it
 * decided. Timers that a change sets are told to the index after its commit.
 */
import type { Clock } from '@ordo/kernel';
import {
  affectedRowsOf,
  type Decision,
  type GroupedInsert,
  newChangeMark,
  type Placement,
  type ShardTransactions,
} from '@ordo/sharding';
import type { IndexEntry, TimerRequest, Timers } from '@ordo/timers';
import { type DeliveryRow, insertDelivery, recordOf, updateDelivery } from '../delivery-record/delivery-columns.js';
import type { DeliveryRecord } from '../delivery-record/delivery-record.js';
import { addressOf, type DeliveryAddress } from '../schemas/delivery-schemas.js';
import { type DeliveryEvent, told } from './delivery-change.js';

/** What a decision wants to be true. Without `after` nothing is written. */
export interface Change<Verdict> {
  readonly verdict: Verdict;
  readonly after?: DeliveryRecord;
  readonly events?: readonly DeliveryEvent[];
  readonly inserts?: readonly GroupedInsert[];
  /** Each must change exactly one row. */
  readonly updates?: readonly string[];
  readonly timers?: readonly TimerRequest[];
}

export interface Opened {
  readonly record: DeliveryRecord | undefined;
  /** Answers of the further statements, in their order. */
  readonly more: readonly unknown[];
  readonly address: DeliveryAddress;
  readonly nowMs: number;
}

export interface ChangeRequest<Verdict> {
  readonly orderId: string;
  /** Read beside the row, after it is locked. They may write only where `decide` never refuses. */
  readonly open?: (address: DeliveryAddress) => readonly string[];
  readonly traceParent: string | null;
  /** Pure and repeatable: a batch that met a deadlock is decided again. What it throws refuses this change alone. */
  readonly decide: (opened: Opened) => Change<Verdict>;
}

/** Row, waybill, events and timers of one change; a hand-off with two hundred items is the largest. */
const CHANGE_BYTES = 16_384;

export class DeliveryChanges {
  constructor(
    private readonly placement: Placement,
    private readonly transactions: Pick<ShardTransactions, 'run'>,
    /** Asked when a change sets timers: the runtime that fires them needs this object, too. */
    private readonly timers: () => Pick<Timers, 'writer' | 'index'>,
    private readonly clock: Clock,
  ) {}

  async run<Verdict>({ orderId, open, traceParent, decide }: ChangeRequest<Verdict>): Promise<Verdict> {
    const address = addressOf(orderId, this.placement);
    let indexed: readonly (readonly [queue: string, entry: IndexEntry])[] = [];
    const verdict = await this.transactions.run<Verdict>({
      node: address.node,
      lockKey: `${address.schema}/${orderId}`,
      open: [
        `SELECT * FROM ${address.schema}.delivery WHERE order_id=${orderId} FOR UPDATE`,
        ...(open?.(address) ?? []),
      ],
      sizeBytes: CHANGE_BYTES,
      decide: ([rows, ...more]) => {
        const [row] = rows as DeliveryRow[];
        const record = row && recordOf(row);
        const change = decide({ record, more, address, nowMs: this.clock.nowMs() });
        const planned = (change.timers ?? []).map((timer) => [timer.queue, this.plan(address, timer)] as const);
        indexed = planned.map(([queue, { entry }]) => [queue, entry]);
        const timerInserts = planned.map(([, { insert }]) => insert);
        return this.decisionOf(record, change, address, traceParent, timerInserts);
      },
    });
    for (const [queue, entry] of indexed) void this.timers().index(queue, [entry]);
    return verdict;
  }

  /**
   * The first write of a delivery: of several that want to make it, exactly one does. `first` is decided with `record` undefined, and applied
   * only by the one; the others get `known`.
   */
  async birth<Verdict>(
    request: Omit<ChangeRequest<Verdict>, 'decide'> & {
      readonly record: DeliveryRecord;
      readonly first: (opened: Opened) => Change<Verdict>;
      readonly known: () => Verdict;
    },
  ): Promise<Verdict> {
    const { orderId, open, traceParent, record, first, known } = request;
    const address = addressOf(orderId, this.placement);
    const changeMark = newChangeMark();
    let indexed: readonly (readonly [queue: string, entry: IndexEntry])[] = [];
    const verdict = await this.transactions.run<Verdict>({
      node: address.node,
      lockKey: `${address.schema}/${orderId}`,
      open: [insertDelivery(address.schema, record, changeMark), ...(open?.(address) ?? [])],
      sizeBytes: CHANGE_BYTES,
      decide: ([inserted, ...more]) => {
        if (affectedRowsOf(inserted) === 0) return { verdict: known() };
        const change = first({ record: undefined, more, address, nowMs: this.clock.nowMs() });
        const planned = (change.timers ?? []).map((timer) => [timer.queue, this.plan(address, timer)] as const);
        indexed = planned.map(([queue, { entry }]) => [queue, entry]);
        const { inserts } = told(undefined, record, change.events ?? [], address, traceParent);
        return {
          verdict: change.verdict,
          effects: {
            updates: change.updates ?? [],
            inserts: [...inserts, ...(change.inserts ?? []), ...planned.map(([, { insert }]) => insert)],
            proof: proofOf(address, orderId, changeMark),
          },
        };
      },
    });
    for (const [queue, entry] of indexed) void this.timers().index(queue, [entry]);
    return verdict;
  }

  private plan({ node }: DeliveryAddress, timer: TimerRequest) {
    return this.timers().writer.timerInsert(node, timer);
  }

  private decisionOf<Verdict>(
    before: DeliveryRecord | undefined,
    change: Change<Verdict>,
    address: DeliveryAddress,
    traceParent: string | null,
    timerInserts: readonly GroupedInsert[],
  ): Decision<Verdict> {
    const { verdict, after, events = [], inserts = [], updates = [] } = change;
    if (before === undefined || after === undefined) return { verdict };
    const changeMark = newChangeMark();
    const { record, inserts: toldInserts } = told(before, after, events, address, traceParent);
    return {
      verdict,
      effects: {
        updates: [updateDelivery(address.schema, before, record, changeMark), ...updates],
        inserts: [...toldInserts, ...inserts, ...timerInserts],
        proof: proofOf(address, before.orderId, changeMark),
      },
    };
  }
}

const proofOf = ({ schema }: DeliveryAddress, orderId: string, changeMark: number): string =>
  `SELECT order_id FROM ${schema}.delivery WHERE order_id=${orderId} AND change_mark=${changeMark} LOCK IN SHARE MODE`;
