/** What the terminal shows of a scene. Lines only, no output. */
import type { Caller } from '../demonstration/journey.js';
import { type Answer, memberOf } from '../demonstration/order-api.js';

const REQUEST_WIDTH = 36;
const STATE_WIDTH = 30;

export interface AskedFacts {
  readonly by: Caller;
  readonly path: string;
  readonly answer: Answer;
  readonly remark: string;
  readonly isSound: boolean;
}

/** `POST …/agreement (merchant)   200  AGREED v2, 1014   8 ms   remark`. */
export function askedLine({ by, path, answer, remark, isSound }: AskedFacts): string {
  const shown = path.replace(/^\/v1\/(refunds|orders)\/\d+/, '…');
  const request = `POST ${shown} (${by})`.padEnd(REQUEST_WIDTH);
  return `${markOf(isSound)} ${request} ${answer.http}  ${stateOf(answer).padEnd(STATE_WIDTH)} ${msText(answer.elapsedMs)}  ${remark}`.trimEnd();
}

export interface WaitedFacts {
  readonly answer: Answer;
  readonly elapsedMs: number;
  readonly remark: string;
  readonly isSound: boolean;
}

export function waitedLine({ answer, elapsedMs, remark, isSound }: WaitedFacts): string {
  const what = 'nobody; the ledger goes on'.padEnd(REQUEST_WIDTH);
  return `${markOf(isSound)} ${what}      ${stateOf(answer).padEnd(STATE_WIDTH)} ${msText(elapsedMs)}  ${remark}`.trimEnd();
}

const markOf = (isSound: boolean): string => (isSound ? ' ' : '✗');

function stateOf(answer: Answer): string {
  if (memberOf(answer, 'code') !== '') return memberOf(answer, 'code');
  const outcome = memberOf(answer, 'outcome');
  if (outcome !== '') return outcome;
  return `${memberOf(answer, 'status')} v${memberOf(answer, 'version')}, ${memberOf(answer, 'amount')}`;
}

const msText = (ms: number): string => `${ms.toFixed(1)} ms`.padStart(10);
