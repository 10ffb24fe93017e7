/**
 * The refunds that nobody asked for: orders that were shown before the after-sale app was there ended with money in them, or were paid late or
 * twice. Their events waited in its queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedChannel } from './simulated-channel.js';

const WAIT_MS = 25_000;
const POLL_MS = 100;

export interface MoneyBack {
  readonly orders: number;
  readonly refunds: number;
  readonly amount: number;
  readonly problems: readonly string[];
}

/** As soon as at least what is `due` has moved and nothing is on its way. `own`: orders of the scenes, which count elsewhere. */
export async function untilMoneyIsBack(
  channel: SimulatedChannel,
  own: ReadonlySet<string>,
  due: Pick<MoneyBack, 'orders' | 'amount'>,
): Promise<MoneyBack> {
  const giveUpMs = performance.now() + WAIT_MS;
  for (;;) {
    const { byNumber } = await channel.book();
    const numbers = Object.entries(byNumber).filter(([number]) => !own.has(orderOf(number)));
    const amount = numbers.reduce((sum, [, { moved }]) => sum + moved, 0);
    const orders = new Set(numbers.map(([number]) => orderOf(number))).size;
    const isDone = amount >= due.amount && orders >= due.orders && numbers.every(([, { pending }]) => pending === 0);
    const back = { orders, refunds: numbers.length, amount };
    if (isDone) return { ...back, problems: [] };
    if (performance.now() > giveUpMs) {
      const said = `${amount} of ${orders} orders went back by itself, ${due.amount} of ${due.orders} are due`;
      return { ...back, problems: [said] };
    }
    await sleep(POLL_MS);
  }
}

const orderOf = (number: string): string => number.split('-')[0] ?? '';
