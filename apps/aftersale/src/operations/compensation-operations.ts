/** The compensation centre as callers see it: a service of ours says what went wrong, the rules say what is owed, and both sides may look. */
import { type CompensationDocument, refuse, refuseViolations, type Violation } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { type CallContext, type CallQuota, isUnbound, OrderPathDto, type Path, shape } from '@ordo/platform';
import type { OrderSource } from '../application/order-source.js';
import type { CompensationBook } from '../compensation/compensation-book.js';
import { compensationOf } from '../compensation/compensation-text.js';
import { GrantCompensationDto } from './compensation.dto.js';

export interface CompensationAnswer {
  /** NOTHING_OWED: the facts earn nothing by the rule, and nothing was written. */
  readonly outcome: 'GRANTED' | 'NOTHING_OWED';
  /** The order had been granted by this rule before: this is the grant of then, whatever the facts are now. */
  readonly replayed: boolean;
  readonly compensation: CompensationDocument | null;
}

export interface OrderCompensations {
  readonly compensations: readonly CompensationDocument[];
}

/** A rule counts by one; a few more may be kept for people. */
const MAX_MEASURES = 8;
const MEASURE = /^[a-z][A-Za-z]{1,31}$/;

export class CompensationOperations {
  constructor(
    private readonly source: Pick<OrderSource, 'visible'>,
    private readonly book: Pick<CompensationBook, 'grantFor' | 'readOrder'>,
    private readonly quota: CallQuota,
    private readonly clock: Clock,
  ) {}

  /** Throws ORDER_NOT_FOUND, COMPENSATION_RULE_UNKNOWN, COMPENSATION_BUDGET_SPENT, INVALID_ARGUMENT, FORBIDDEN. Safe to repeat. */
  async grant(body: unknown, { caller, traceParent }: CallContext): Promise<CompensationAnswer> {
    this.quota.take(caller);
    if (!isUnbound(caller)) throw refuse('FORBIDDEN', 'only services grant compensations');
    const { orderId, rule, measures = {}, city, ruleVersion, occurredAt } = shape(GrantCompensationDto, body);
    const facts = {
      ...{
        measures: measuresOf(measures),
        occurredAtMs: occurredAt === undefined ? this.clock.nowMs() : Date.parse(occurredAt),
      },
      ...(city === undefined ? {} : { city }),
      ...(ruleVersion === undefined ? {} : { ruleVersion }),
    };
    const order = await this.source.visible(orderId, caller, traceParent);
    const { userId, merchantId, bizType, currency } = order;
    const answer = await this.book.grantFor({ orderId, userId, merchantId, bizType, currency }, rule, facts);
    if (answer.kind === 'nothing-owed') return { outcome: 'NOTHING_OWED', replayed: false, compensation: null };
    return { outcome: 'GRANTED', replayed: answer.replayed, compensation: compensationOf(answer.grant) };
  }

  async ofOrder(path: Path, { caller, traceParent }: CallContext): Promise<OrderCompensations> {
    const { orderId } = shape(OrderPathDto, path);
    const [, grants] = await Promise.all([
      this.source.visible(orderId, caller, traceParent),
      this.book.readOrder(orderId),
    ]);
    return { compensations: grants.map(compensationOf) };
  }
}

function measuresOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const entries = Object.entries(given);
  const violations: Violation[] = entries.flatMap(([name, value]) =>
    MEASURE.test(name) && typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? []
      : [
          {
            field: `measures.${name.slice(0, 32)}`,
            rule: 'measure',
            message: 'must be a number, zero or more, under a plain name',
          },
        ],
  );
  if (entries.length > MAX_MEASURES) {
    violations.push({ field: 'measures', rule: 'size', message: `must have at most ${MAX_MEASURES} members` });
  }
  if (violations.length > 0) throw refuseViolations(violations);
  return given as Readonly<Record<string, number>>;
}
