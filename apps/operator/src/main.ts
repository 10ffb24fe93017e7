/**
 * The operator's CLI: `npm run ordo -- <command>`. One room per command; a new one is one line here. A call loads the room that it names and
 * no other: scripts and specs call often, and the drivers of all servers together take longer to load than most commands to run.
 */
import { Command } from 'commander';
import { explain } from './terminal/explain.js';

/** By the name of the command, in the order of the help. */
const rooms: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  migrate: async () => (await import('./migrate/migrate-command.js')).registerMigrate,
  token: async () => (await import('./token/token-command.js')).registerToken,
  order: async () => (await import('./order/order-command.js')).registerOrder,
  refund: async () => (await import('./refunds/refund-command.js')).registerRefund,
  compensation: async () => (await import('./compensations/compensation-command.js')).registerCompensation,
  cluster: async () => (await import('./cluster/cluster-command.js')).registerCluster,
  topology: async () => (await import('./topology/topology-command.js')).registerTopology,
  timers: async () => (await import('./timers/timers-command.js')).registerTimers,
  dlq: async () => (await import('./dead-letters/dead-letters-command.js')).registerDeadLetters,
  delivery: async () => (await import('./delivery/delivery-command.js')).registerDelivery,
  promise: async () => (await import('./promise/promise-command.js')).registerPromise,
  events: async () => (await import('./events/events-command.js')).registerEvents,
  broadcast: async () => (await import('./broadcast/broadcast-command.js')).registerBroadcast,
  demo: async () => (await import('./demonstration/demonstration-command.js')).registerDemonstration,
  'demo-delivery': async () =>
    (await import('./delivery-demonstration/delivery-demonstration-command.js')).registerDeliveryDemonstration,
  'demo-after-sale': async () =>
    (await import('./after-sale-demonstration/after-sale-command.js')).registerAfterSaleDemonstration,
};

const program = new Command('ordo')
  .description(
    'Operate Ordo: migrations, development tokens, order numbers, refunds, compensations, timers, deliveries, promises, demonstrations',
  )
  // scripts/ordo.mjs turns it into environment variables; it is accepted here so that its place in the line is free.
  .option('--profile <name>', 'stack profile whose servers are meant');

/** The room whose name comes first; all of them for the help, and to guess what a slip of the pen meant. */
function roomsOf([first = '', , ...behindProfile]: readonly string[]) {
  const name = first === '--profile' ? (behindProfile[0] ?? '') : first;
  const room = Object.hasOwn(rooms, name) ? rooms[name] : undefined;
  return room === undefined ? Object.values(rooms) : [room];
}

try {
  const registrations = await Promise.all(roomsOf(process.argv.slice(2)).map((load) => load()));
  for (const register of registrations) register(program);
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`ordo: ${explain(error)}\n`);
  process.exitCode = 1;
}
