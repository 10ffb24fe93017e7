/** `docs/state-diagram.md`, derived from the tables: a diagram that is drawn by hand is wrong after the first change. */
import { invalidReasonNameOf, markdownTable, OrderStatus, roleNameOf } from '@ordo/contracts';
import type { BusinessType, Deadline, TransitionRow } from '../business-types/business-type.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The largest unit that leaves a whole number. */
function durationText(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} d`;
  if (ms % HOUR_MS === 0) return `${ms / HOUR_MS} h`;
  return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS} min` : `${ms / 1_000} s`;
}

const rolesText = (roles: readonly number[]): string =>
  roles.map((role) => roleNameOf(role) ?? String(role)).join(', ');

function deadlineRow([state, { name, afterMs, limits, command, reasonCode }]: [OrderStatus, Deadline]): string[] {
  const reason = reasonCode === undefined ? '' : ` (${reasonCode} ${invalidReasonNameOf(reasonCode)})`;
  const own = `\`${name}Seconds\`: ${durationText(limits.shortestMs)} to ${durationText(limits.longestMs)}`;
  return [state, `after ${durationText(afterMs)}: ${command}${reason}`, own];
}

/** One Mermaid `stateDiagram-v2`. Rows that leave the order where it is are in the table below it, not in the picture. */
export function stateDiagramOf(type: BusinessType): string {
  const moves = type.transitions.filter((row) => row.from !== row.to);
  const ends = [OrderStatus.COMPLETED, OrderStatus.INVALID].map((end) => `  ${end} --> [*]`);
  const lines = moves.map((row) => `  ${row.from ?? '[*]'} --> ${row.to}: ${row.on}`);
  return ['```mermaid', 'stateDiagram-v2', ...lines, ...ends, '```'].join('\n');
}

function windowText({ within }: TransitionRow): string {
  return within === undefined
    ? ''
    : `; ${rolesText(within.roles)} within ${durationText(within.ms)} of ${within.since}`;
}

const rowOf = (row: TransitionRow): string[] => [
  row.from ?? '–',
  row.on,
  row.to,
  `${rolesText(row.roles)}${windowText(row)}`,
  row.emits === null ? 'nothing (replay)' : `\`${row.emits}\``,
];

function typeSection(type: BusinessType): string[] {
  const deadlines = Object.entries(type.deadlines) as [OrderStatus, Deadline][];
  return [
    `## ${type.name} (${type.code})`,
    '',
    stateDiagramOf(type),
    '',
    ...markdownTable(['From', 'Command', 'To', 'Roles', 'Event'], type.transitions.map(rowOf)),
    '',
    ...markdownTable(['State', 'Ends by itself', "An order's own deadline"], deadlines.map(deadlineRow)),
    '',
    `Delivery: ${type.deliveryMode}. After-sale window: ${durationText(type.afterSaleWindowMs)} from completion.`,
    '',
  ];
}

/** The whole document. */
export function stateDiagramMarkdown(types: readonly BusinessType[]): string {
  return [
    '# The states of an order',
    '',
    'Generated from `apps/order/src/business-types/*.state.ts`; a spec fails when this file is stale. Regenerate:',
    '`UPDATE_DOCS=1 npx jest --selectProjects pure --testPathPatterns state-diagram` (with `NODE_OPTIONS=--experimental-vm-modules`).',
    '',
    'Every pair of state and command that has no row is refused with 409 and the present state. A payment of an order that is closed',
    'or already paid keeps its state: it is recorded, announced as `order.late_payment`, and refunded.',
    '',
    ...types.flatMap(typeSection),
  ].join('\n');
}
