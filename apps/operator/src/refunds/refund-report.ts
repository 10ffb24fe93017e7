import {
  isRole,
  refundKindOf,
  refundOriginOf,
  refundScopeOf,
  refundStatusOf,
  refuse,
  roleNameOf,
} from '@ordo/contracts';
import type { Part, Row } from '../order/order-rows.repository.js';
import type { RefundRows } from './refund-rows.repository.js';

type Cell = Row[string] | undefined;
export type Words = Readonly<Record<string, (code: number) => string>>;

/** What the numbers of the tables mean; migrations/src/aftersale says the same beside each column. */
const TRANSFER_STATES = ['', 'RESERVED', 'SENT', 'FAILED', 'STALLED', 'CONFIRMED', 'RELEASED'] as const;
const TIMER_STATES = ['pending', 'fired', 'cancelled', 'given up'] as const;
export const transferState = (code: number): string => TRANSFER_STATES[code] ?? String(code);

export const timerState = (code: number): string => TIMER_STATES[code] ?? String(code);

const refundWords: Words = {
  status: refundStatusOf,
  kind: refundKindOf,
  scope: refundScopeOf,
  origin: refundOriginOf,
  role: (code) => (isRole(code) ? (roleNameOf(code) ?? '') : String(code)),
};

/** The lines of `refund show`. Throws Refusal REFUND_NOT_FOUND when the node answered and has neither a refund nor an account of the number. */
export function refundReport(number: string, rows: RefundRows): readonly string[] {
  if (isEmpty(rows.refunds) && isEmpty(rows.account) && isEmpty(rows.grants)) {
    throw refuse('REFUND_NOT_FOUND', `${number} is no refund, and no order with one`, { refundId: number });
  }
  return [
    `order ${rows.orderId}, ${rows.place}`,
    ...section('refunds', rows.refunds, refundWords),
    ...section('account', rows.account),
    ...section('lines', rows.lines),
    ...section('transfers', rows.transfers, { state: transferState }),
    ...section('ledger', rows.facts),
    ...section('compensations', rows.grants, { state: transferState }),
    ...section('timers', rows.timers, { state: timerState }),
    ...section('waiting in the outbox', rows.waiting),
    ...adviceOf(rows.transfers, 'refund_number', 'refund retry REFUND_ID'),
    ...adviceOf(rows.grants, 'grant_id', 'compensation retry COMPENSATION_ID'),
  ];
}

/** What a person can do about what waits for one. `name`: the column that names it. */
export function adviceOf(part: Part, name: string, command: string): readonly string[] {
  const stalled = 'rows' in part ? part.rows.filter((row) => transferState(Number(row['state'])) === 'STALLED') : [];
  return stalled.map((row) => `\n${String(row[name])} waits for a person: npm run ordo -- ${command}`);
}

/** A heading and its rows, or why there are none to see. */
export function section(title: string, part: Part, words: Words = {}): readonly string[] {
  if ('problem' in part) return ['', `${title}: ${part.problem}`];
  if (part.rows.length === 0) return ['', `${title}: none`];
  return ['', `${title}:`, ...part.rows.map((row) => `  ${fieldsOf(row, words)}`)];
}

const fieldsOf = (row: Row, words: Words): string =>
  Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${textOf(value, words[name])}`)
    .join('  ');

const textOf = (value: Cell, word: ((code: number) => string) | undefined): string =>
  word === undefined ? String(value) : word(Number(value));

const isEmpty = (part: Part): boolean => 'rows' in part && part.rows.length === 0;
