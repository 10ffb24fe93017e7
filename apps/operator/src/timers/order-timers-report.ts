/** What `timers show` prints: why the order is what it is, to the millisecond, and what will become of it by itself. Pure. */
import { invalidReasonNameOf, type OrderStatus, orderStatusOf, refuse, roleNameOf } from '@ordo/contracts';
import { IndexPlace, TimerState } from '@ordo/timers';
import { durationText } from '../terminal/duration.js';
import { deadlineOutcomes } from './deadline-outcome.rules.js';
import type { DeadlineRows, NamedTimer, OrderNow, OrderStep } from './order-deadline.repository.js';
import type { OrderTimers } from './order-timers.js';
import { positionText } from './queue-report.js';

const placeTexts: Readonly<Record<IndexPlace, string>> = {
  [IndexPlace.SLOT]: 'in its slot',
  [IndexPlace.BATCH]: 'claimed by its owner, being fired',
  [IndexPlace.BEYOND]: 'not yet: it is loaded when it comes within the horizon',
  [IndexPlace.ABSENT]: 'missing: the sweeper finds it some 20 s after it is due at the latest',
  [IndexPlace.NONE]: 'none for this shard: nobody owns it, or it is about to be made anew',
};

const timerStates: Readonly<Record<number, string>> = {
  [TimerState.PENDING]: 'pending',
  [TimerState.FIRED]: 'fired',
  [TimerState.CANCELLED]: 'cancelled',
  [TimerState.FAILED]: 'GIVEN UP',
};

/** Throws Refusal ORDER_NOT_FOUND when both dimensions answered and neither has the order. */
export function orderTimersReport(timers: OrderTimers): string[] {
  const { orderId, rows, userShard, merchantShard, userNode, merchantNode } = timers;
  const known = knownOrder(orderId, rows);
  const steps = stepsOf(rows);
  return [
    `order ${orderId}: user shard ${userShard} on ${userNode}, merchant shard ${merchantShard} on ${merchantNode}`,
    ...(known === undefined ? [] : [stateLine(known, steps)]),
    ...problemLines(rows),
    '',
    ...historyLines(rows, known, steps),
    '',
    ...pendingLines(timers, known),
    ...otherTimerLines(rows),
  ];
}

/** `SYSTEM, PAY_TIMEOUT (20)`; who, and why where there is a reason. */
function causeText({ role, reasonCode }: Pick<OrderStep, 'role' | 'reasonCode'>): string {
  const who = role === null ? 'nobody named' : (roleNameOf(role) ?? `role ${role}`);
  return reasonCode === null ? who : `${who}, ${reasonText(reasonCode)}`;
}

const reasonText = (code: number): string => `${invalidReasonNameOf(code) ?? 'reason'} (${code})`;

const timeText = (ms: number): string => new Date(ms).toISOString();

/** The authority's row, or where its node is away, the projection's. */
function knownOrder(orderId: string, { order, projection }: DeadlineRows): OrderNow | undefined {
  const mine = 'row' in order ? order.row : undefined;
  const theirs = 'row' in projection ? projection.row : undefined;
  if (mine === undefined && theirs === undefined && 'row' in order && 'row' in projection) {
    throw refuse('ORDER_NOT_FOUND', `order ${orderId} is in neither dimension`, { orderId });
  }
  return mine ?? theirs;
}

/** By version; what is projected already wins over what still waits. */
function stepsOf({ timeline, waiting }: DeadlineRows): OrderStep[] {
  const steps = new Map<number, OrderStep>();
  for (const answer of [waiting, timeline]) {
    if ('steps' in answer) for (const step of answer.steps) steps.set(step.version, step);
  }
  return [...steps.values()].sort((a, b) => a.version - b.version);
}

function stateLine(order: OrderNow, steps: readonly OrderStep[]): string {
  const status = orderStatusOf(order.status);
  const last = steps.find(({ version }) => version === order.version);
  if (last === undefined) return `${status}, version ${order.version}, by ${causeText(order)}`;
  const entered = steps.find((step) => step.status === status) ?? last;
  return `${status} since ${timeText(entered.atMs)}, version ${entered.version}, by ${causeText(entered)}${deadlineText(entered)}`;
}

function deadlineText({ dueMs, atMs }: OrderStep): string {
  return dueMs === null ? '' : `: its deadline of ${timeText(dueMs)}, ${durationText(atMs - dueMs)} late`;
}

function problemLines({ order, projection, waiting }: DeadlineRows): string[] {
  const lines: string[] = [];
  if ('problem' in order) lines.push(`the authority is away (${order.problem}): the state above is the projection's`);
  if ('problem' in projection) lines.push(`the projection is away (${projection.problem})`);
  if ('problem' in waiting && !('problem' in order)) lines.push(`the outbox cannot be read (${waiting.problem})`);
  return lines;
}

function historyLines(rows: DeadlineRows, order: OrderNow | undefined, steps: readonly OrderStep[]): string[] {
  const projected = 'steps' in rows.timeline ? new Set(rows.timeline.steps.map(({ version }) => version)) : undefined;
  const lines = steps.map((step) => stepLine(step, projected?.has(step.version) !== false));
  const isComplete = order !== undefined && steps.length === order.version;
  if (isComplete) return ['what happened:', ...lines];
  const why = 'problem' in rows.timeline ? rows.timeline.problem : 'some versions are neither projected nor waiting';
  return [`what happened (the timeline is not complete: ${why}):`, ...lines, ...stampLines(order)];
}

function stepLine(step: OrderStep, isProjected: boolean): string {
  const { version, atMs, type, status } = step;
  const state = status === null ? '' : ` → ${status}`;
  return `  ${String(version).padStart(3)}  ${timeText(atMs)}  ${type}${state}, by ${causeText(step)}${deadlineText(step)}${isProjected ? '' : ' (not projected yet)'}`;
}

/** What the row itself remembers, for as long as its timeline cannot be read. */
function stampLines(order: OrderNow | undefined): string[] {
  if (order === undefined) return [];
  const stamps = Object.entries(order.stampsMs).flatMap(([name, ms]) =>
    ms === null ? [] : [`       ${timeText(ms)}  ${name}`],
  );
  return ['  by the row itself:', ...stamps, `       last change by ${causeText(order)}`];
}

function pendingLines({ place, firing }: OrderTimers, order: OrderNow | undefined): string[] {
  if (order === undefined) return ['deadline: not known, both nodes are away'];
  const status: OrderStatus = orderStatusOf(order.status);
  if (order.deadlineMs === null) return [`deadline: none, ${status} waits for nobody`];
  const outcome = deadlineOutcomes[status];
  const becomes = outcome === undefined ? 'changes' : `becomes ${outcome.becomes}`;
  const why = outcome?.reasonCode === undefined ? '' : ` (${reasonText(outcome.reasonCode)})`;
  const leftMs = order.deadlineMs - order.nowMs;
  const when = leftMs > 0 ? `in ${durationText(leftMs)}` : `DUE for ${durationText(leftMs)}`;
  return [
    `deadline: ${timeText(order.deadlineMs)}, ${when}: it ${becomes}${why} unless something happens before`,
    `  index: ${'problem' in place ? `Redis away (${place.problem}); it fires from MySQL` : placeTexts[place.place ?? IndexPlace.ABSENT]}`,
    `  fired by: ${firingText(firing, order.nowMs)}`,
  ];
}

function firingText(firing: OrderTimers['firing'], nowMs: number): string {
  if ('problem' in firing) return `not known (${firing.problem})`;
  const { owner, position } = firing;
  const who = owner === undefined ? 'NOBODY owns its shard now' : `${owner.owner} (epoch ${owner.epoch})`;
  return `${who}; the queue is ${positionText(position, nowMs)}`;
}

function otherTimerLines({ timers }: DeadlineRows): string[] {
  const found = timers.flatMap((answer) => ('timers' in answer ? answer.timers : []));
  const told = timers.flatMap((answer) => ('problem' in answer ? [`  not asked: ${answer.problem}`] : []));
  const problems = [...new Set(told)];
  if (found.length === 0 && problems.length === 0) return ['other timers that name it: none'];
  return ['other timers that name it:', ...found.map(timerLine), ...problems];
}

function timerLine({ node, queue, key, state, dueMs, attempts, endedMs, failure }: NamedTimer): string {
  const ended = endedMs === null ? '' : ` at ${timeText(endedMs)}`;
  const tries =
    attempts === 0 ? '' : `, ${attempts} failed attempts${failure === null ? '' : `, the last: ${failure}`}`;
  return `  ${queue} ${key} on ${node}: ${timerStates[state] ?? state}${ended}, due ${timeText(dueMs)}${tries}`;
}
