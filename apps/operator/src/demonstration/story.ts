/** What the terminal shows: a line per request, then per order its events and its rows, then the summary. Lines only, no output. */
import { orderStatusOf } from '@ordo/contracts';
import { decodeOrderNumber, merchantSchema, type Placement, userSchema } from '@ordo/sharding';
import type { SeenEvent } from './event-witness.js';
import { isTaken, type Journey } from './journey.js';
import type { JourneyResult, StepTaken } from './journey-run.js';
import { memberOf } from './order-api.js';
import { onlyRow } from './promise.rules.js';

const REQUEST_WIDTH = 34;
const STATE_WIDTH = 26;
const NAME_WIDTH = 36;

export const journeyLine = ({ bizType, title }: Journey): string => `${bizType}: ${title}`;

/** `POST …/acceptance (merchant)   200  ACCEPTED v3   4.2 ms   remark`. */
export function stepLine({ step, path, answer, remark, problems }: StepTaken): string {
  const method = step.command === 'read' ? 'GET ' : 'POST';
  const shortPath = path.replace(/^\/v1\/orders\/\d+/, '…');
  const isCall = step.by !== 'deadline' && step.by !== 'operator';
  const request = (isCall ? `${method} ${shortPath} (${step.by})` : path).padEnd(REQUEST_WIDTH);
  const state =
    isTaken(step.expect) && memberOf(answer, 'version') !== ''
      ? `${memberOf(answer, 'status')} v${memberOf(answer, 'version')}`
      : memberOf(answer, 'code');
  const currentStatus = memberOf(answer, 'currentStatus');
  const current = currentStatus === '' ? '' : `: ${currentStatus}`;
  const mark = problems.length === 0 ? ' ' : '✗';
  const told = `${answer.http}  ${state.padEnd(STATE_WIDTH)} ${milliseconds(answer.elapsedMs)}`;
  return `${mark} ${request} ${told}  ${remark}${current}`.trimEnd();
}

/** The events that the consumer received, in the order of their arrival, and what can be read in both dimensions. */
export function resultLines(result: JourneyResult, placement: Placement): readonly string[] {
  const { orderId, rows, seen, problems } = result;
  return [
    `    received  ${seen.map(eventText).join(' · ') || 'nothing'}`,
    ...(orderId === '' || rows === undefined ? [] : rowLines(result, placement)),
    ...problems.map((problem) => `  ✗ ${problem}`),
  ];
}

const eventText = ({ event, tookMs }: SeenEvent): string => {
  const name = event.type.replace(/^ordo\.order\.|\.v1$/g, '');
  return `${event.orderversion} ${name} +${tookMs} ms`;
};

function rowLines({ orderId, rows }: JourneyResult, placement: Placement): readonly string[] {
  const { userShard, merchantShard } = decodeOrderNumber(orderId);
  const places = [
    { part: rows?.user, schema: userSchema(userShard), node: placement.userNode(userShard) },
    { part: rows?.merchant, schema: merchantSchema(merchantShard), node: placement.merchantNode(merchantShard) },
  ];
  const texts = places.map(({ part, schema, node }) => {
    const row = part === undefined ? undefined : onlyRow(part);
    const says =
      row === undefined
        ? 'no row'
        : `${orderStatusOf(Number(row['status']))} v${row['version']} serial ${row['day_serial'] ?? '-'}`;
    return `${schema} on node ${node}: ${says}`;
  });
  return [`    rows      order ${orderId}`, ...texts.map((text) => `              ${text}`)];
}

export interface Totals {
  readonly shown: readonly JourneyResult[];
  readonly crowd: readonly JourneyResult[];
  readonly crowdMs: number;
  readonly elapsedMs: number;
}

/** The closing summary. Figures of a demonstration: for claims there is `npm run bench`. */
export function summaryLines({ shown, crowd, crowdMs, elapsedMs }: Totals): readonly string[] {
  const all = [...shown, ...crowd];
  const seen = all.flatMap((result) => result.seen);
  const repeats = seen.length - new Set(seen.map(({ event }) => event.id)).size;
  const oneByOne = shown.map((result) => result.placementMs);
  const together = crowd.map((result) => result.placementMs);
  const facts: Readonly<Record<string, string>> = {
    orders: `${all.length} (${crowd.length} of them at lunch, in ${(crowdMs / 1000).toFixed(1)} s, each checked)`,
    'events received': `${seen.length} (${repeats} repeats)`,
    'placement, one at a time': `p50 ${milliseconds(percentile(oneByOne, 50)).trim()}`,
    'placement, four at a time': `p50 ${milliseconds(percentile(together, 50)).trim()}`,
    'change to consumer, one at a time': tookText(shown),
    'change to consumer, four at a time': tookText(crowd),
    elapsed: `${(elapsedMs / 1000).toFixed(1)} s`,
  };
  return Object.entries(facts).map(([name, value]) => `  ${name.padEnd(NAME_WIDTH)} ${value}`);
}

/** From the moment of the change: its commit, its projection into the other dimension, the broker, this consumer. */
function tookText(results: readonly JourneyResult[]): string {
  const took = results.flatMap(({ seen }) => seen.map(({ tookMs }) => tookMs));
  return `p50 ${percentile(took, 50)} ms, p99 ${percentile(took, 99)} ms`;
}

/** Nearest rank; 0 of nothing. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? 0;
}

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`.padStart(9);
