/** The operator's CLI: `npm run ordo -- <command>`. One room per command; a new one is one import and one line here. */
import { Command } from 'commander';
import { registerAfterSaleDemonstration } from './after-sale-demonstration/after-sale-command.js';
import { registerBroadcast } from './broadcast/broadcast-command.js';
import { registerCluster } from './cluster/cluster-command.js';
import { registerCompensation } from './compensations/compensation-command.js';
import { registerDeadLetters } from './dead-letters/dead-letters-command.js';
import { registerDelivery } from './delivery/delivery-command.js';
import { registerDeliveryDemonstration } from './delivery-demonstration/delivery-demonstration-command.js';
import { registerDemonstration } from './demonstration/demonstration-command.js';
import { registerEvents } from './events/events-command.js';
import { registerMigrate } from './migrate/migrate-command.js';
import { registerOrder } from './order/order-command.js';
import { registerPromise } from './promise/promise-command.js';
import { registerRefund } from './refunds/refund-command.js';
import { explain } from './terminal/explain.js';
import { registerTimers } from './timers/timers-command.js';
import { registerToken } from './token/token-command.js';
import { registerTopology } from './topology/topology-command.js';

const program = new Command('ordo')
  .description(
    'Operate Ordo: migrations, development tokens, order numbers, refunds, compensations, timers, deliveries, promises, demonstrations',
  )
  // scripts/ordo.mjs turns it into environment variables; it is accepted here so that its place in the line is free.
  .option('--profile <name>', 'stack profile whose servers are meant');

registerMigrate(program);
registerToken(program);
registerOrder(program);
registerRefund(program);
registerCompensation(program);
registerCluster(program);
registerTopology(program);
registerTimers(program);
registerDeadLetters(program);
registerDelivery(program);
registerPromise(program);
registerEvents(program);
registerBroadcast(program);
registerDemonstration(program);
registerDeliveryDemonstration(program);
registerAfterSaleDemonstration(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`ordo: ${explain(error)}\n`);
  process.exitCode = 1;
}
