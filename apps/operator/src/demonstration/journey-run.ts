/** Drives one order through its journey, and then looks at it from every side. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderEventName } from '@ordo/contracts';
import type { NodePools, Placement } from '@ordo/sharding';
import { type OrderRows, readOrderRows } from '../order/order-rows.repository.js';
import type { Cast } from './cast.js';
import { type DeadlineStage, type DeadlineTaken, type KnownOrder, takeDeadlineStep } from './deadline-run.js';
import type { EventWitness, SeenEvent } from './event-witness.js';
import { type Command, eventsOf, isTaken, type Journey, type Step } from './journey.js';
import { type Answer, type Call, memberOf, type OrderApi } from './order-api.js';
import { draftOf } from './order-drafts.js';
import { answerProblems, eventProblems, rowProblems, timelineProblems } from './promise.rules.js';

/** Fifty times the promise for an event (p99 150 ms): what is not here by then will not come. */
const EVENT_WAIT_MS = 7_500;
/** The relay deletes a row after its event was confirmed, so the event may be here first. */
const OUTBOX_WAIT_MS = 2_000;
const POLL_MS = 5;

export interface Stage {
  readonly api: OrderApi;
  readonly witness: EventWitness;
  readonly pools: NodePools;
  readonly placement: Placement;
  readonly emptyTimers?: DeadlineStage['emptyTimers'];
}

export interface StepTaken {
  readonly step: Step;
  /** The path of the call, or what was waited for. */
  readonly path: string;
  readonly answer: Answer;
  /** What a reader should know of it. */
  readonly remark: string;
  readonly problems: readonly string[];
}

export interface JourneyResult {
  readonly journey: Journey;
  readonly orderId: string;
  readonly placementMs: number;
  readonly seen: readonly SeenEvent[];
  readonly rows: OrderRows | undefined;
  readonly problems: readonly string[];
}

const PATHS: Readonly<Record<Exclude<Command, 'place' | 'read'>, string>> = {
  pay: 'payment',
  accept: 'acceptance',
  receive: 'receipt',
  complete: 'completion',
  invalidate: 'invalidation',
};

export async function runJourney(
  journey: Journey,
  cast: Cast,
  stage: Stage,
  onStep: (taken: StepTaken) => void,
): Promise<JourneyResult> {
  stage.witness.watch(cast.userId);
  const idempotencyKey = randomUUID();
  const problems: string[] = [];
  let orderId = '';
  let placementMs = 0;
  let version = 0;
  let deadlineAt = '';
  let firstDeadlineAt = '';
  for (const step of journey.steps) {
    const known = { orderId, idempotencyKey, version, deadlineAt, firstDeadlineAt };
    const { what, answer, remark, problems: ofStep } = await take(step, journey, cast, known, stage);
    if (isTaken(step.expect) && step.expect.emits !== null) version += 1;
    const found = [...answerProblems(step, answer, version), ...draftProblems(step, journey, answer), ...ofStep];
    deadlineAt = memberOf(answer, 'deadlineAt');
    if (orderId === '') {
      orderId = memberOf(answer, 'orderId');
      placementMs = answer.elapsedMs;
      firstDeadlineAt = deadlineAt;
    }
    problems.push(...found);
    onStep({ step, path: what, answer, remark, problems: found });
    if (orderId === '') return { journey, orderId, placementMs, seen: [], rows: undefined, problems };
  }
  const looked = await lookAt(orderId, journey, cast, stage);
  return { journey, orderId, placementMs, ...looked, problems: [...problems, ...looked.problems] };
}

/** A step that somebody calls for, or that is waited for. */
async function take(
  step: Step,
  journey: Journey,
  cast: Cast,
  known: KnownOrder & { readonly idempotencyKey: string },
  stage: Stage,
): Promise<DeadlineTaken> {
  if (step.by === 'deadline' || step.by === 'operator') return takeDeadlineStep(step, known, cast, stage);
  const call = callOf(step, journey, cast, { ...known, token: cast.tokens[step.by] });
  return { what: call.path, answer: await stage.api.call(call), remark: step.remark, problems: [] };
}

function callOf(
  step: Step,
  { bizType }: Journey,
  cast: Cast,
  known: { orderId: string; idempotencyKey: string; token: string },
): Call {
  const { orderId, idempotencyKey, token } = known;
  const draft = draftOf(bizType);
  if (step.command === 'read') return { method: 'GET', path: `/v1/orders/${orderId}`, token };
  if (step.command !== 'place') {
    const payment = { paidAmount: draft.payAmount, paidAt: new Date().toISOString() };
    const body = step.command === 'pay' ? { ...payment, ...step.body } : step.body;
    return { method: 'POST', path: `/v1/orders/${orderId}/${PATHS[step.command]}`, token, body };
  }
  const { currency, payAmount } = draft;
  const parties = { bizType, userId: cast.userId, merchantId: cast.merchantId };
  const body = { ...parties, currency, payAmount, ...draft.body, ...step.body };
  return { method: 'POST', path: '/v1/orders', token, idempotencyKey, body };
}

/** The lines of a placement, frozen as DOMAIN §3 computes them. */
function draftProblems(step: Step, { bizType }: Journey, { body }: Answer): readonly string[] {
  if (step.command !== 'place' || !isTaken(step.expect)) return [];
  const items: unknown = body['items'];
  const payables = Array.isArray(items) ? items.map((item: { payable?: unknown }) => item.payable) : [];
  const due = draftOf(bizType).payables;
  return payables.join() === due.join() ? [] : [`place: the lines owe ${payables.join(', ')}, not ${due.join(', ')}`];
}

/** Events, rows of both dimensions, timeline and lists of one order whose steps are over. */
async function lookAt(
  orderId: string,
  journey: Journey,
  cast: Cast,
  stage: Stage,
): Promise<Pick<JourneyResult, 'seen' | 'rows' | 'problems'>> {
  const due = eventsOf(journey);
  const seen = await stage.witness.eventsOf(orderId, due.length, EVENT_WAIT_MS);
  const rows = await settledRows(stage, orderId);
  const status = journey.steps.reduce((last, { expect }) => (isTaken(expect) ? expect.status : last), 'CREATED');
  const problems = [
    ...eventProblems(orderId, due, seen),
    ...rowProblems(rows, { status, version: due.length }),
    ...(await readProblems(orderId, due, cast, stage)),
  ];
  return { seen, rows, problems };
}

async function settledRows({ pools, placement }: Stage, orderId: string): Promise<OrderRows> {
  const giveUpMs = performance.now() + OUTBOX_WAIT_MS;
  for (;;) {
    const rows = await readOrderRows(pools, placement, orderId);
    if ('rows' in rows.waiting && rows.waiting.rows.length === 0) return rows;
    if (performance.now() > giveUpMs) return rows;
    await sleep(POLL_MS);
  }
}

/** The user's list has the order; the merchant's has it exactly if it was ever paid; the timeline tells every event. */
async function readProblems(
  orderId: string,
  due: readonly OrderEventName[],
  { userId, merchantId, tokens }: Cast,
  { api }: Stage,
): Promise<readonly string[]> {
  const get = (path: string, token: string): Promise<Answer> => api.call({ method: 'GET', path, token });
  const [timeline, ofUser, ofMerchant] = await Promise.all([
    get(`/v1/orders/${orderId}/timeline`, tokens.user),
    get(`/v1/users/${userId}/orders?limit=100`, tokens.user),
    get(`/v1/merchants/${merchantId}/orders?limit=100`, tokens.merchant),
  ]);
  const isEffective = due.includes('order.paid');
  return [
    ...timelineProblems(timeline.body['entries'], due),
    ...(lists(ofUser, orderId) ? [] : ["the user's list does not have the order"]),
    ...(lists(ofMerchant, orderId) === isEffective
      ? []
      : [`the merchant's list ${isEffective ? 'does not have' : 'has'} the order`]),
  ];
}

function lists({ body }: Answer, orderId: string): boolean {
  const orders: unknown = body['orders'];
  return Array.isArray(orders) && orders.some((order: { orderId?: unknown }) => order.orderId === orderId);
}
