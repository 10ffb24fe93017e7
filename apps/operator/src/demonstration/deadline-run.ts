/** The steps of a journey that nobody calls for: a deadline is waited for, or the timers' Redis is emptied. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Role } from '@ordo/contracts';
import type { Cast } from './cast.js';
import { isTaken, type Step } from './journey.js';
import { type Answer, memberOf, type OrderApi } from './order-api.js';

/** What has been seen of the order so far. */
export interface KnownOrder {
  readonly orderId: string;
  readonly version: number;
  /** The pending deadline, and the one that the order was placed with; ISO. */
  readonly deadlineAt: string;
  readonly firstDeadlineAt: string;
}

export interface DeadlineStage {
  readonly api: OrderApi;
  /** Throws away all that the timers' Redis has and answers how many keys there were; absent where that is not ours to do. */
  readonly emptyTimers?: (() => Promise<number>) | undefined;
}

export interface DeadlineTaken {
  readonly what: string;
  readonly answer: Answer;
  readonly remark: string;
  readonly problems: readonly string[];
}

/** A slot is a second; the rest is for a machine that also runs everything else. */
const LATE_AT_MOST_MS = 10_000;
/** Behind the second in which a deadline would have fired. */
const PASSED_MS = 1_500;
/** The api gathers deadlines for 200 ms before it tells the index: what is emptied must have been there. */
const INDEXED_MS = 600;
const POLL_MS = 20;

export async function takeDeadlineStep(
  step: Step,
  known: KnownOrder,
  cast: Cast,
  stage: DeadlineStage,
): Promise<DeadlineTaken> {
  const read = (): Promise<Answer> =>
    stage.api.call({ method: 'GET', path: `/v1/orders/${known.orderId}`, token: cast.tokens.user });
  if (step.by === 'operator') return emptied(stage, read);
  if (step.command === 'read') return outlived(step, known, read);
  return expired(step, known, read);
}

async function emptied({ emptyTimers }: DeadlineStage, read: () => Promise<Answer>): Promise<DeadlineTaken> {
  await sleep(INDEXED_MS);
  const keys = await emptyTimers?.();
  const remark =
    keys === undefined
      ? 'left alone: the timers’ Redis is not one that this stack has started'
      : `${keys} keys of the timers’ Redis are gone; the truth is in MySQL`;
  const problems = keys === 0 ? ['FLUSHALL: the timers’ Redis was empty already'] : [];
  return { what: 'FLUSHALL (operator)', answer: await read(), remark, problems };
}

async function outlived(step: Step, known: KnownOrder, read: () => Promise<Answer>): Promise<DeadlineTaken> {
  await until(Math.ceil(Date.parse(known.firstDeadlineAt) / 1_000) * 1_000 + PASSED_MS);
  const remark = `${step.remark} (${clockOf(known.firstDeadlineAt)})`;
  return { what: 'its first deadline goes by', answer: await read(), remark, problems: [] };
}

async function expired(step: Step, known: KnownOrder, read: () => Promise<Answer>): Promise<DeadlineTaken> {
  const dueMs = Date.parse(known.deadlineAt);
  await until(dueMs);
  let answer = await read();
  while (Number(memberOf(answer, 'version')) <= known.version && Date.now() < dueMs + LATE_AT_MOST_MS) {
    await sleep(POLL_MS);
    answer = await read();
  }
  const firedAt = memberOf(answer, STAMPS[memberOf(answer, 'status')] ?? '');
  const lateMs = Date.parse(firedAt) - dueMs;
  const remark = `due ${clockOf(known.deadlineAt)}, fired ${clockOf(firedAt)}: ${lateMs} ms late`;
  return { what: 'nobody; its deadline comes', answer, remark, problems: expiryProblems(step, answer, lateMs) };
}

const STAMPS: Readonly<Record<string, string>> = {
  INVALID: 'invalidatedAt',
  RECEIVED: 'receivedAt',
  COMPLETED: 'completedAt',
};

/** P6: not early, not lost; and changed by the system, for the reason that the deadline has. */
export function expiryProblems({ expect }: Step, answer: Answer, lateMs: number): readonly string[] {
  const reasonCode = isTaken(expect) ? expect.reasonCode : undefined;
  return [
    ...(lateMs >= 0 && lateMs <= LATE_AT_MOST_MS ? [] : [`deadline: ${lateMs} ms late`]),
    ...(answer.body['role'] === Role.SYSTEM ? [] : [`deadline: changed by role ${String(answer.body['role'])}`]),
    ...(reasonCode === undefined || answer.body['reasonCode'] === reasonCode
      ? []
      : [`deadline: the reason is ${String(answer.body['reasonCode'])}, not ${reasonCode}`]),
  ];
}

const until = (atMs: number): Promise<void> => sleep(Math.max(0, atMs - Date.now()));

/** `12:00:03.120` of an ISO instant. */
const clockOf = (iso: string): string => iso.slice(11, 23) || 'never';
