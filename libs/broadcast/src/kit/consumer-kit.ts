/**
 * A consumer's handler under test without a broker: the same decisions as EventConsumer (families, attempts, dead letters), with retries
 * that cost no time, and the disorder of a real queue on demand. What it cannot show: connections, prefetch, the broker's own limits.
 */
import type { CloudEvent } from '@ordo/contracts';
import {
  type DeliveryDecision,
  decideFailure,
  type FailureFacts,
  HANDLED,
  MAX_ATTEMPTS,
  MAX_UNKNOWN_ATTEMPTS,
} from '../consumer/delivery.rules.js';
import type { DeliveryContext, EventHandler } from '../handling/event-handler.js';
import { childOf, withTrace } from '../trace/trace-context.js';

export interface ConsumerKitOptions {
  readonly handler: EventHandler;
  /** As in EventConsumerOptions. */
  readonly maxAttempts?: number;
  readonly maxUnknownAttempts?: number;
}

export interface Settled {
  readonly outcome: 'handled' | 'refused' | 'deadLettered';
  readonly attempts: number;
  /** Seconds that its retries would have waited. */
  readonly waitedSeconds: number;
  /** Why it was refused or dead-lettered, as the header would say; the error itself is in `error`. */
  readonly failure?: FailureFacts;
  readonly error?: unknown;
}

export interface StormOptions {
  /** How often each event is delivered. Default 2. */
  readonly copies?: number;
  /** Makes the disorder repeatable. Default 1. */
  readonly seed?: number;
}

/** What came of a storm, by outcome. */
export type StormCounts = Readonly<Record<Settled['outcome'], number>>;

interface Waiting {
  readonly event: CloudEvent;
  readonly attempt: number;
  readonly dueSeconds: number;
}

export class ConsumerKit {
  private readonly limits: { readonly maxAttempts: number; readonly maxUnknownAttempts: number };

  constructor(private readonly options: ConsumerKitOptions) {
    const { maxAttempts = MAX_ATTEMPTS, maxUnknownAttempts = MAX_UNKNOWN_ATTEMPTS } = options;
    this.limits = { maxAttempts, maxUnknownAttempts };
  }

  /** Delivers one event, and again after every retry, until it is settled. */
  async deliver(event: CloudEvent): Promise<Settled> {
    let waitedSeconds = 0;
    for (let attempts = 1; ; attempts += 1) {
      const { decision, error } = await this.attempt(event, attempts);
      if (decision.action !== 'retry') return settledOf(decision, attempts, waitedSeconds, error);
      waitedSeconds += decision.delaySeconds;
    }
  }

  /** Delivers every event several times and in disorder, retries among the others at their time; all of them are settled in the end. */
  async storm(events: readonly CloudEvent[], { copies = 2, seed = 1 }: StormOptions = {}): Promise<StormCounts> {
    const counts = { handled: 0, refused: 0, deadLettered: 0 };
    const all = Array.from({ length: copies }, () => events).flat();
    let waiting: Waiting[] = shuffled(all, seed).map((event) => ({ event, attempt: 1, dueSeconds: 0 }));
    while (waiting.length > 0) {
      const now = Math.min(...waiting.map(({ dueSeconds }) => dueSeconds));
      const due = waiting.filter(({ dueSeconds }) => dueSeconds === now);
      waiting = waiting.filter(({ dueSeconds }) => dueSeconds > now);
      for (const each of due) {
        const { decision } = await this.attempt(each.event, each.attempt);
        if (decision.action === 'retry') {
          waiting.push({ ...each, attempt: each.attempt + 1, dueSeconds: now + decision.delaySeconds });
        } else counts[outcomeOf(decision)] += 1;
      }
    }
    return counts;
  }

  private async attempt(event: CloudEvent, attempt: number): Promise<{ decision: DeliveryDecision; error?: unknown }> {
    const context = contextOf(event, attempt);
    try {
      await withTrace(context.traceParent, () => this.options.handler(event, context));
      return { decision: HANDLED };
    } catch (error) {
      return { decision: decideFailure(error, attempt, this.limits), error };
    }
  }
}

function contextOf(event: CloudEvent, attempt: number): DeliveryContext {
  const [, family = '', name = ''] = event.type.split('.');
  const traceParent = childOf(event.traceparent);
  return {
    ...{ queue: `ordo.${family}.kit.test`, exchange: `ordo.${family}`, routingKey: `${event.biztype}.${name}` },
    ...{ messageId: event.id, attempt, deliveryCount: 0, replayed: false },
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

type Final = Exclude<DeliveryDecision, { action: 'retry' }>;

const outcomeOf = (decision: Final): Settled['outcome'] =>
  decision.action === 'acknowledge' ? decision.outcome : 'deadLettered';

function settledOf(decision: Final, attempts: number, waitedSeconds: number, error: unknown): Settled {
  return {
    ...{ outcome: outcomeOf(decision), attempts, waitedSeconds },
    ...(decision.failure === undefined ? {} : { failure: decision.failure, error }),
  };
}

/** Fisher and Yates with a small generator of its own (mulberry32), so that a failing order can be repeated by its seed. */
function shuffled<T>(values: readonly T[], seed: number): T[] {
  const random = mulberry32(seed);
  const order = [...values];
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other] as T, order[index] as T];
  }
  return order;
}

function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
