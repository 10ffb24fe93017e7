import type { Command } from 'commander';
import { withPools } from '../terminal/nodes.js';
import { print } from '../terminal/print.js';
import { explainRoute } from './explain-route.js';
import { orderReport } from './order-report.js';
import { readOrderRows } from './order-rows.repository.js';

/** `order route | show`: where an order lies, and what lies there. Reads only. */
export function registerOrder(program: Command): void {
  const order = program.command('order').description('look at one order');
  order
    .command('route <orderId>')
    .description('decode an order number; asks no server')
    .action((orderId: string) => explainRoute(orderId).forEach(print));
  order
    .command('show <orderId>')
    .description('its rows in both dimensions, what waits in the outbox, its timeline')
    .action(async (orderId: string) => {
      const rows = await withPools((pools, placement) => readOrderRows(pools, placement, orderId));
      orderReport(orderId, rows).forEach(print);
    });
}
