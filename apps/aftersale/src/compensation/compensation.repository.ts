/**
 * Every statement of the compensation centre. A grant lies in its order's schema, and so does the part of the budget that it is taken from: the
 * locking read of the budget's row closes the race of two grants that each fit alone.
 */
import type { CompensationAsset, LiableParty } from '@ordo/contracts';
import { type Effects, type GroupedInsert, quote } from '@ordo/sharding';
import {
  type LedgerRow,
  progressAssignments,
  progressColumns,
  progressLiterals,
  progressOfRow,
  timeLiteral,
} from '../transfer/progress-columns.js';
import { TransferState } from '../transfer/transfer.state.js';
import type { CompensationGrant, GrantChange } from './compensation-grant.js';

const COLUMNS =
  'grant_number, order_id, rule_name, rule_version, user_id, merchant_id, biz_type, asset, currency, amount, liable, budget_day, facts, ' +
  `${progressColumns('payer_reference')}, grant_id, events`;

/**
 * The budget's row, made if the day has none yet, and locked. Not INSERT IGNORE: that takes a shared lock on a row that is there, and two writers who
 * both want more of it afterwards are a deadlock.
 */
export const insertBudgetOnce = (schema: string, rule: string, day: string): string =>
  `INSERT INTO ${schema}.compensation_budget (rule_name, budget_day, granted, grants) VALUES (${quote(rule)},${quote(day)},0,0)` +
  ' ON DUPLICATE KEY UPDATE grants=grants';

export const lockBudget = (schema: string, rule: string, day: string): string =>
  `SELECT granted FROM ${schema}.compensation_budget WHERE rule_name=${quote(rule)} AND budget_day=${quote(day)} FOR UPDATE`;

export const selectGrant = (schema: string, orderId: string, rule: string): string =>
  `SELECT ${COLUMNS} FROM ${schema}.compensation_grant WHERE order_id=${orderId} AND rule_name=${quote(rule)}`;

export const lockGrant = (schema: string, orderId: string, rule: string): string =>
  `${selectGrant(schema, orderId, rule)} FOR UPDATE`;

/** Served by `by_grant_id`. */
export const selectGrantById = (schema: string, grantId: string): string =>
  `SELECT ${COLUMNS} FROM ${schema}.compensation_grant WHERE grant_id=${grantId}`;

export const selectGrantsOfOrder = (schema: string, orderId: string): string =>
  `SELECT ${COLUMNS} FROM ${schema}.compensation_grant WHERE order_id=${orderId} ORDER BY rule_name`;

/** What commits with a new grant: its part of the budget, the grant, its first fact. */
export function grantEffects({ grant, ...change }: GrantChange, schema: string, nowMs: number, mark: number): Effects {
  const { rule, budgetDay, amount } = grant;
  const spent =
    `UPDATE ${schema}.compensation_budget SET granted=granted+${amount}, grants=grants+1 ` +
    `WHERE rule_name=${quote(rule)} AND budget_day=${quote(budgetDay)}`;
  return {
    updates: [spent],
    inserts: [grantInsert(grant, schema, nowMs, mark), factInsert({ grant, ...change }, schema, nowMs)],
    proof: markProof(grant, schema, mark),
  };
}

/** What commits with the progress of a grant. One that will never be paid gives its part of the budget back. */
export function progressEffects(change: GrantChange, schema: string, nowMs: number, mark: number): Effects {
  const { grant, before } = change;
  const isReleased = grant.state === TransferState.RELEASED && before?.state !== TransferState.RELEASED;
  const back =
    `UPDATE ${schema}.compensation_budget SET granted=granted-${grant.amount}, grants=grants-1 ` +
    `WHERE rule_name=${quote(grant.rule)} AND budget_day=${quote(grant.budgetDay)}`;
  return {
    updates: [progressUpdate(grant, schema, nowMs, mark), ...(isReleased ? [back] : [])],
    inserts: [factInsert(change, schema, nowMs)],
    proof: markProof(grant, schema, mark),
  };
}

const progressUpdate = (grant: CompensationGrant, schema: string, nowMs: number, mark: number): string =>
  `UPDATE ${schema}.compensation_grant SET ${progressAssignments(grant, 'payer_reference')}, events=${grant.events}, ` +
  `change_mark=${mark}, changed_at=${timeLiteral(nowMs)} ` +
  `WHERE order_id=${grant.orderId} AND rule_name=${quote(grant.rule)} AND version=${grant.version - 1}`;

function grantInsert(grant: CompensationGrant, schema: string, nowMs: number, mark: number): GroupedInsert {
  const { orderId, rule, ruleVersion, userId, merchantId, bizType, asset, currency, amount, liable, budgetDay } = grant;
  const named = `${quote(grant.number)},${orderId},${quote(rule)},${ruleVersion},${userId},${merchantId},${quote(bizType)}`;
  const owed = `${quote(asset)},${quote(currency)},${amount},${quote(liable)},${quote(budgetDay)},${quote(JSON.stringify(grant.facts))}`;
  const marked = `${grant.grantId},${grant.events},${timeLiteral(nowMs)},${mark}`;
  return {
    into: `INSERT INTO ${schema}.compensation_grant (${COLUMNS}, changed_at, change_mark)`,
    row: `(${named},${owed},${progressLiterals(grant)},${marked})`,
  };
}

const factInsert = ({ grant, fact, reason }: GrantChange, schema: string, nowMs: number): GroupedInsert => ({
  into: `INSERT INTO ${schema}.compensation_ledger (order_id, rule_name, seq, fact, amount, reason, payer_reference, happened_at)`,
  row:
    `(${grant.orderId},${quote(grant.rule)},${grant.version},${quote(fact)},${grant.amount},${quote(reason)},` +
    `${quote(grant.reference)},${timeLiteral(nowMs)})`,
});

const markProof = ({ orderId, rule }: CompensationGrant, schema: string, mark: number): string =>
  `SELECT order_id FROM ${schema}.compensation_grant WHERE order_id=${orderId} AND rule_name=${quote(rule)} AND change_mark=${mark} LOCK IN SHARE MODE`;

/** A row of `compensation_grant`. */
export const grantOf = (row: LedgerRow): CompensationGrant => ({
  ...progressOfRow(row, 'payer_reference'),
  grantId: String(row['grant_id']),
  events: Number(row['events']),
  number: String(row['grant_number']),
  orderId: String(row['order_id']),
  rule: String(row['rule_name']),
  ruleVersion: Number(row['rule_version']),
  userId: String(row['user_id']),
  merchantId: String(row['merchant_id']),
  bizType: String(row['biz_type']),
  asset: String(row['asset']) as CompensationAsset,
  currency: String(row['currency']),
  amount: Number(row['amount']),
  liable: String(row['liable']) as LiableParty,
  budgetDay: String(row['budget_day']),
  facts: JSON.parse(String(row['facts'])) as CompensationGrant['facts'],
});
