/**
 * Every statement of the compensation centre. A grant lies in its order's schema, and so does the part of the budget that it is taken from: the
 * locking read of the budget's row closes the race of two grants that each fit alone.
 */
import type { CompensationAsset, LiableParty } from '@ordo/contracts';
import { dateTimeText, type Effects, type GroupedInsert, msOfDateTime, quote } from '@ordo/sharding';
import { TransferState } from '../transfer/transfer.state.js';
import { transferStateCode, transferStateOf } from '../transfer/transfer-codes.js';
import type { CompensationGrant, GrantChange } from './compensation-grant.js';

export type Row = Readonly<Record<string, string | number | null>>;

const COLUMNS =
  'grant_number, order_id, rule_name, rule_version, user_id, merchant_id, biz_type, asset, currency, amount, liable, budget_day, facts, ' +
  'state, version, sends, looks, failures, refusals, failure, payer_reference, next_at, reserved_at, sent_at, ' +
  'grant_id, events';

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

const time = (ms: number | null): string => quote(ms === null ? null : dateTimeText(ms));

const progressUpdate = (grant: CompensationGrant, schema: string, nowMs: number, mark: number): string =>
  `UPDATE ${schema}.compensation_grant SET state=${transferStateCode[grant.state]}, version=${grant.version}, sends=${grant.sends}, ` +
  `looks=${grant.looks}, failures=${grant.failures}, refusals=${grant.refusals}, failure=${quote(grant.failure)}, ` +
  `payer_reference=${quote(grant.reference)}, events=${grant.events}, next_at=${time(grant.nextAtMs)}, sent_at=${time(grant.sentAtMs)}, ` +
  `change_mark=${mark}, changed_at=${time(nowMs)} ` +
  `WHERE order_id=${grant.orderId} AND rule_name=${quote(grant.rule)} AND version=${grant.version - 1}`;

function grantInsert(grant: CompensationGrant, schema: string, nowMs: number, mark: number): GroupedInsert {
  const { orderId, rule, ruleVersion, userId, merchantId, bizType, asset, currency, amount, liable, budgetDay } = grant;
  const named = `${quote(grant.number)},${orderId},${quote(rule)},${ruleVersion},${userId},${merchantId},${quote(bizType)}`;
  const owed = `${quote(asset)},${quote(currency)},${amount},${quote(liable)},${quote(budgetDay)},${quote(JSON.stringify(grant.facts))}`;
  const counts = [grant.version, grant.sends, grant.looks, grant.failures, grant.refusals].join(',');
  const told = `${quote(grant.failure)},${quote(grant.reference)}`;
  const times = [grant.nextAtMs, grant.reservedAtMs, grant.sentAtMs].map(time).join(',');
  const marked = `${grant.grantId},${grant.events},${time(nowMs)},${mark}`;
  return {
    into: `INSERT INTO ${schema}.compensation_grant (${COLUMNS}, changed_at, change_mark)`,
    row: `(${named},${owed},${transferStateCode[grant.state]},${counts},${told},${times},${marked})`,
  };
}

const factInsert = ({ grant, fact, reason }: GrantChange, schema: string, nowMs: number): GroupedInsert => ({
  into: `INSERT INTO ${schema}.compensation_ledger (order_id, rule_name, seq, fact, amount, reason, payer_reference, happened_at)`,
  row:
    `(${grant.orderId},${quote(grant.rule)},${grant.version},${quote(fact)},${grant.amount},${quote(reason)},` +
    `${quote(grant.reference)},${time(nowMs)})`,
});

const markProof = ({ orderId, rule }: CompensationGrant, schema: string, mark: number): string =>
  `SELECT order_id FROM ${schema}.compensation_grant WHERE order_id=${orderId} AND rule_name=${quote(rule)} AND change_mark=${mark} LOCK IN SHARE MODE`;

const textOf = (value: string | number | null | undefined): string | null => (typeof value === 'string' ? value : null);

/** A row of `compensation_grant`. */
export const grantOf = (row: Row): CompensationGrant => ({
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
  state: transferStateOf(Number(row['state'])),
  version: Number(row['version']),
  sends: Number(row['sends']),
  looks: Number(row['looks']),
  failures: Number(row['failures']),
  refusals: Number(row['refusals']),
  failure: textOf(row['failure']),
  reference: textOf(row['payer_reference']),
  nextAtMs: msOfDateTime(textOf(row['next_at'])),
  reservedAtMs: msOfDateTime(String(row['reserved_at'])),
  sentAtMs: msOfDateTime(textOf(row['sent_at'])),
});
