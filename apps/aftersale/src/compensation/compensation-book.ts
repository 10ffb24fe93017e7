/**
 * The committed truth about grants. Guarantee: an order is granted once by a rule, whoever asks and however often; what a rule grants on a day in a
 * shard never exceeds the shard's part of its budget; each change commits with its fact, its event and the timer of its next step.
 */
import { type RefusalCode, refuse } from '@ordo/contracts';
import { type Clock, InvariantViolation, type Refusal } from '@ordo/kernel';
import { type Decision, type Effects, isDuplicateKey, type NodePools, type ShardTransactions } from '@ordo/sharding';
import { type Delivery, nonceInsert, nonceProof, selectNonce } from '../transfer/callback-nonce.repository.js';
import { newChangeMark } from '../transfer/change-mark.js';
import type { LedgerRow } from '../transfer/progress-columns.js';
import type { StepTimers } from '../transfer/step-timers.js';
import { TransferFact, TransferNews, TransferState } from '../transfer/transfer.state.js';
import type { TransferBook } from '../transfer/transfer-driver.js';
import type { TransferPace } from '../transfer/transfer-pace.rules.js';
import { advance, reservedProgress, type Tidings } from '../transfer/transfer-progress.js';
import {
  grantEffects,
  grantOf,
  insertBudgetOnce,
  lockBudget,
  lockGrant,
  progressEffects,
  selectGrant,
  selectGrantById,
  selectGrantsOfOrder,
} from './compensation.repository.js';
import { amountOwed, ruleFor, shardBudget } from './compensation.rules.js';
import type { GrantCompanion } from './compensation-companion.js';
import { type CompensationGrant, type GrantChange, grantKeyOf, grantNumberOf } from './compensation-grant.js';
import type { CompensatedOrder, CompensationFacts, CompensationRule } from './compensation-rule.js';
import { eventsAfter } from './compensation-telling.rules.js';

/** Where the grants of an order lie, and which part of each budget is theirs. */
export interface GrantAddress {
  readonly node: number;
  readonly schema: string;
  readonly shard: number;
  readonly shards: number;
}

export interface GrantStores {
  readonly pools: NodePools;
  readonly transactions: ShardTransactions;
  /** By the number of an order, or of a grant of one: they are laid out alike. */
  addressOf(number: string): GrantAddress;
}

export interface CompensationBookOptions {
  readonly rules: readonly CompensationRule[];
  readonly timers: StepTimers;
  readonly companion: GrantCompanion;
  readonly pace: TransferPace;
  readonly clock: Clock;
  /** A number for a new grant, in the lane of its order. */
  newId(order: CompensatedOrder): string;
  /** The business day of an instant, `YYYY-MM-DD`: whose budget is used. */
  dayOf(instantMs: number): string;
}

export type GrantAnswer =
  | { readonly kind: 'granted'; readonly grant: CompensationGrant; readonly replayed: boolean }
  /** The facts earn nothing by the rule: nothing was written. */
  | { readonly kind: 'nothing-owed' };

type Verdict<T> = { readonly value: T } | { readonly refused: Refusal };

const GRANT_BYTES = 4_096;

export class CompensationBook implements TransferBook<CompensationGrant> {
  constructor(
    private readonly stores: GrantStores,
    private readonly options: CompensationBookOptions,
  ) {}

  /**
   * Grants what `rule` owes for `facts`, once per order and rule: a repeat, also with other facts, answers the grant that is there.
   * @throws Refusal COMPENSATION_RULE_UNKNOWN, INVALID_ARGUMENT (a fact is missing), COMPENSATION_BUDGET_SPENT. Nothing is written then.
   */
  async grantFor(order: CompensatedOrder, ruleName: string, facts: CompensationFacts): Promise<GrantAnswer> {
    const { rules, clock, dayOf, newId } = this.options;
    const rule = ruleFor(rules, ruleName, order, facts);
    const amount = amountOwed(rule, facts);
    if (amount === 0) return { kind: 'nothing-owed' };
    const grant: CompensationGrant = {
      ...{ grantId: newId(order), events: eventsAfter(0, undefined, TransferState.RESERVED) },
      ...{ ...reservedProgress(clock.nowMs()), ...order, number: grantNumberOf(order.orderId, ruleName) },
      ...{ rule: ruleName, ruleVersion: rule.version, asset: rule.asset, amount, liable: rule.liable },
      ...{ budgetDay: dayOf(clock.nowMs()), facts: facts.measures },
    };
    try {
      return await this.insert(grant, rule);
    } catch (error) {
      // The same grant under the budget of another day, at midnight: the unique key saw it.
      const existing = isTaken(error) ? await this.read(grant.number) : undefined;
      if (existing === undefined) throw error;
      return { kind: 'granted', grant: existing, replayed: true };
    }
  }

  async read(number: string): Promise<CompensationGrant | undefined> {
    const key = grantKeyOf(number);
    if (key === undefined) return undefined;
    const { node, schema } = this.stores.addressOf(key.orderId);
    const [row] = await this.stores.pools.at(node).query<LedgerRow[]>(selectGrant(schema, key.orderId, key.rule));
    return row === undefined ? undefined : grantOf(row);
  }

  /** By the id that its events and documents have. Throws INVALID_ARGUMENT for an id that routes nowhere. */
  async find(grantId: string): Promise<CompensationGrant | undefined> {
    const { node, schema } = this.stores.addressOf(grantId);
    const [row] = await this.stores.pools.at(node).query<LedgerRow[]>(selectGrantById(schema, grantId));
    return row === undefined ? undefined : grantOf(row);
  }

  async readOrder(orderId: string): Promise<readonly CompensationGrant[]> {
    const { node, schema } = this.stores.addressOf(orderId);
    const rows = await this.stores.pools.at(node).query<LedgerRow[]>(selectGrantsOfOrder(schema, orderId));
    return rows.map(grantOf);
  }

  record(number: string, tidings: Tidings, expectedVersion: number): Promise<CompensationGrant | undefined> {
    return this.change(number, tidings, (grant) => grant.version === expectedVersion);
  }

  /** A payer's word; applied to whatever state the grant is in. Answers the grant afterwards. Throws MESSAGE_REPLAYED for a copy of a delivery. */
  async hear(number: string, tidings: Tidings, delivery: Delivery): Promise<CompensationGrant> {
    const changed = (await this.change(number, tidings, () => true, delivery)) ?? (await this.read(number));
    if (changed === undefined) throw notFound(number);
    return changed;
  }

  /**
   * A person's "again": under the same number, and the payer is asked what became of it before anything is sent. Throws
   * COMPENSATION_NOT_FOUND, and COMPENSATION_NOT_RETRYABLE (409) for one that does not wait for a person.
   */
  async retry(number: string, reason: string): Promise<CompensationGrant> {
    const changed = await this.change(number, { news: TransferNews.RETRY, reason }, () => true);
    if (changed !== undefined) return changed;
    const known = await this.read(number);
    if (known === undefined) throw notFound(number);
    const details = { compensationNumber: number, currentState: known.state };
    throw refused('COMPENSATION_NOT_RETRYABLE', `compensation ${number} is ${known.state}`, details);
  }

  private async insert(grant: CompensationGrant, rule: CompensationRule): Promise<GrantAnswer> {
    const { node, schema, shard, shards } = this.stores.addressOf(grant.orderId);
    const { budgetDay: day, orderId } = grant;
    const limit = shardBudget(rule.budget.perDay, shards, shard);
    const step = this.stepOf(grant, node);
    const verdict = await this.stores.transactions.run<Verdict<{ grant: CompensationGrant; replayed: boolean }>>({
      ...{ node, lockKey: `${schema}/compensation/${grant.rule}/${day}`, sizeBytes: GRANT_BYTES },
      open: [
        insertBudgetOnce(schema, grant.rule, day),
        lockBudget(schema, grant.rule, day),
        selectGrant(schema, orderId, grant.rule),
      ],
      decide: ([, budgets, existing]) => {
        const [known] = existing as LedgerRow[];
        if (known !== undefined) return { verdict: { value: { grant: grantOf(known), replayed: true } } };
        const granted = Number((budgets as LedgerRow[])[0]?.['granted'] ?? 0);
        if (granted + grant.amount > limit) return { verdict: { refused: budgetSpent(grant, limit, granted) } };
        const change: GrantChange = { before: undefined, grant, fact: TransferFact.RESERVED, reason: null };
        const effects = this.followed(
          change,
          grantEffects(change, schema, this.nowMs(), newChangeMark()),
          step?.insert,
        );
        return { verdict: { value: { grant, replayed: false } }, effects };
      },
    });
    if ('refused' in verdict) throw verdict.refused;
    if (!verdict.value.replayed) await step?.announce();
    return { kind: 'granted', ...verdict.value };
  }

  private async change(
    number: string,
    tidings: Tidings,
    applies: (grant: CompensationGrant) => boolean,
    delivery?: Delivery,
  ): Promise<CompensationGrant | undefined> {
    const key = grantKeyOf(number);
    if (key === undefined) return undefined;
    const { node, schema } = this.stores.addressOf(key.orderId);
    let announce: (() => Promise<void>) | undefined;
    const changed = await this.stores.transactions.run<CompensationGrant | undefined>({
      ...{ node, lockKey: `${schema}/grant/${number}`, sizeBytes: GRANT_BYTES },
      open: [
        lockGrant(schema, key.orderId, key.rule),
        ...(delivery === undefined ? [] : [selectNonce(schema, delivery)]),
      ],
      decide: ([rows, copies = []]) => {
        const [row] = rows as LedgerRow[];
        const before = row === undefined ? undefined : grantOf(row);
        announce = undefined;
        if (before === undefined || !applies(before)) return { verdict: undefined };
        if ((copies as unknown[]).length > 0)
          throw refuse('MESSAGE_REPLAYED', 'this delivery was taken before', { number });
        const planned = this.plan(before, tidings, node, schema);
        announce = planned?.announce;
        return decisionOf(planned, delivery, schema, this.nowMs());
      },
    });
    await announce?.();
    return changed;
  }

  private plan(before: CompensationGrant, tidings: Tidings, node: number, schema: string): PlannedGrant | undefined {
    const advanced = advance(before, tidings, this.nowMs(), this.options.pace);
    if (advanced === undefined) return undefined;
    const events = eventsAfter(before.events, before.state, advanced.after.state);
    const grant = { ...before, ...advanced.after, events };
    const change: GrantChange = { before, grant, fact: advanced.fact, reason: tidings.reason ?? null };
    const step = this.stepOf(grant, node);
    const effects = progressEffects(change, schema, this.nowMs(), newChangeMark());
    return { grant, effects: this.followed(change, effects, step?.insert), announce: step?.announce };
  }

  private followed(
    change: GrantChange,
    effects: Effects,
    step: ReturnType<StepTimers['plan']>['insert'] | undefined,
  ): Effects {
    const { inserts } = this.options.companion.follow(change, this.nowMs());
    return { ...effects, inserts: [...effects.inserts, ...inserts, ...(step === undefined ? [] : [step])] };
  }

  private stepOf(
    { number, version, nextAtMs }: CompensationGrant,
    node: number,
  ): ReturnType<StepTimers['plan']> | undefined {
    return nextAtMs === null ? undefined : this.options.timers.plan(node, number, version, nextAtMs);
  }

  private nowMs(): number {
    return this.options.clock.nowMs();
  }
}

interface PlannedGrant {
  readonly grant: CompensationGrant;
  readonly effects: Effects;
  readonly announce: (() => Promise<void>) | undefined;
}

/** A delivery is kept also when it changed nothing: its copy is a replay all the same. */
function decisionOf(
  planned: PlannedGrant | undefined,
  delivery: Delivery | undefined,
  schema: string,
  nowMs: number,
): Decision<CompensationGrant | undefined> {
  if (delivery === undefined) {
    return planned === undefined ? { verdict: undefined } : { verdict: planned.grant, effects: planned.effects };
  }
  const { updates, inserts, proof } = planned?.effects ?? {
    updates: [],
    inserts: [],
    proof: nonceProof(schema, delivery),
  };
  const kept = nonceInsert(schema, delivery, nowMs);
  return { verdict: planned?.grant, effects: { updates, inserts: [...inserts, kept], proof } };
}

const refused = (code: RefusalCode, message: string, details = {}): Refusal => refuse(code, message, details);

const notFound = (number: string): Refusal =>
  refused('COMPENSATION_NOT_FOUND', `compensation ${number.slice(0, 64)} does not exist`);

const budgetSpent = (
  { rule, budgetDay, amount, orderId }: CompensationGrant,
  limit: number,
  granted: number,
): Refusal =>
  refused('COMPENSATION_BUDGET_SPENT', `rule ${rule} has nothing left for ${budgetDay}`, {
    ...{ rule, budgetDay, orderId, amount, limit, granted },
  });

const isTaken = (error: unknown): boolean => error instanceof InvariantViolation && isDuplicateKey(error.cause);
