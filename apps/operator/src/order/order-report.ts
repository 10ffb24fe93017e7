import { refuse } from '@ordo/contracts';
import { explainRoute } from './explain-route.js';
import type { OrderRows, Part, Row } from './order-rows.repository.js';

const NAME_WIDTH = 16;
const VALUE_WIDTH = 26;

/** The lines of `order show`. Throws Refusal ORDER_NOT_FOUND when both dimensions answered and neither has the order. */
export function orderReport(orderId: string, rows: OrderRows): readonly string[] {
  if (isEmpty(rows.user) && isEmpty(rows.merchant)) {
    throw refuse('ORDER_NOT_FOUND', `order ${orderId} is in neither dimension`, { orderId });
  }
  return [
    ...explainRoute(orderId),
    '',
    ...baseLines(rows.user, rows.merchant),
    ...section('payments', rows.payments),
    ...section('waiting in the outbox', rows.waiting),
    ...section('timeline', rows.timeline),
  ];
}

/** Both rows side by side; a line ends with ≠ where the projection says something else. */
function baseLines(user: Part, merchant: Part): readonly string[] {
  const [left, right] = [firstRow(user), firstRow(merchant)];
  const names = Object.keys(left ?? right ?? {});
  return [
    line('', presence('user shard', user), presence('merchant shard', merchant)),
    ...names.map((name) => {
      const [mine, theirs] = [textOf(left?.[name]), textOf(right?.[name])];
      const differs = left !== undefined && right !== undefined && mine !== theirs;
      return line(name, left ? mine : '', right ? theirs : '') + (differs ? ' ≠' : '');
    }),
  ];
}

function section(title: string, part: Part): readonly string[] {
  if ('problem' in part) return ['', `${title}: ${part.problem}`];
  if (part.rows.length === 0) return ['', `${title}: none`];
  const fields = (row: Row): string =>
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${textOf(value)}`)
      .join('  ');
  return ['', `${title}:`, ...part.rows.map((row) => `  ${fields(row)}`)];
}

function presence(title: string, part: Part): string {
  if ('problem' in part) return `${title}: ${part.problem}`;
  return part.rows.length === 0 ? `${title}: no row` : title;
}

function line(name: string, left: string, right: string): string {
  return `${name.padEnd(NAME_WIDTH)} ${left.padEnd(VALUE_WIDTH)} ${right}`.trimEnd();
}

function firstRow(part: Part): Row | undefined {
  return 'rows' in part ? part.rows[0] : undefined;
}

function isEmpty(part: Part): boolean {
  return 'rows' in part && part.rows.length === 0;
}

function textOf(value: Row[string] | undefined): string {
  return value === null || value === undefined ? '-' : String(value);
}
