import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueState } from '@ordo/timers';
import { type Command, InvalidArgumentError } from 'commander';
import { withPools } from '../terminal/nodes.js';
import { print, tell } from '../terminal/print.js';
import { drain } from './drain.js';
import { readOrderTimers } from './order-timers.js';
import { orderTimersReport } from './order-timers-report.js';
import { readDepth } from './queue-depth.repository.js';
import { queueReport } from './queue-report.js';
import { readHome, readQueue, readQueues } from './queue-view.js';
import { switchReport, throwSwitch } from './throw-switch.js';
import { withTimerServers } from './timer-servers.js';

interface SwitchOptions {
  readonly reason?: string;
  readonly by: string;
  readonly node?: number;
}

const MS_PER_SECOND = 1_000;
const DEFAULT_PATIENCE_SECONDS = 30;

/** `timers status | show | pause | resume | drain`: what waits, why an order ended, and the switch of a queue. */
export function registerTimers(program: Command): void {
  const timers = program.command('timers').description('the delayed tasks: queues, deadlines of orders, the switch');
  registerStatus(timers);
  timers
    .command('show <orderId>')
    .description('why this order changed, when exactly, and what its deadline will do')
    .action(async (orderId: string) => {
      const view = await withTimerServers((servers) => readOrderTimers(servers, orderId));
      orderTimersReport(view).forEach(print);
    });
  registerSwitch(timers, 'pause', QueueState.PAUSED, 'fire nothing of a queue, in every process; what is due waits');
  registerSwitch(timers, 'resume', QueueState.OPEN, 'fire again; what was due meanwhile comes first');
  registerDrain(timers);
}

/** Exit code 2 when a node is away; a Redis that is away is only said. */
function registerStatus(timers: Command): void {
  timers
    .command('status [queue]')
    .description('pending, due, paused, owners and index, per queue and node')
    .action(async (queue?: string) => {
      await withTimerServers(async (servers) => {
        const homes = queue === undefined ? await readQueues(servers) : [await readHome(servers, queue)];
        for (const home of homes) {
          const view = await readQueue(servers, home);
          queueReport(view).forEach(print);
          if (view.nodes.some((node) => 'error' in node)) process.exitCode = 2;
        }
      });
    });
}

/** Exit code 2 when a node could not be reached: repeat it then. */
function registerSwitch(timers: Command, name: string, state: QueueState, description: string): void {
  timers
    .command(`${name} <queue>`)
    .description(description)
    .option('--reason <text>', 'why, for whoever looks next')
    .option('--by <name>', 'who', `${userInfo().username}@${hostname()}`)
    .option('--node <index>', 'on this node alone; default: on all', indexOf)
    .action(async (queue: string, { reason, by, node }: SwitchOptions) => {
      const change = { state, reason: reason ?? null, changedBy: by };
      const thrown = await withPools(async (pools) => {
        const home = await readHome({ pools }, queue);
        return throwSwitch(node === undefined ? pools.all : [pools.at(node)], home, change);
      });
      switchReport(thrown, state).forEach(print);
      if (thrown.some((each) => 'error' in each)) process.exitCode = 2;
    });
}

/** Exit code 1, with the reasons, when nothing moves for as long as the patience lasts. */
function registerDrain(timers: Command): void {
  timers
    .command('drain <queue>')
    .description('wait until everything that is due now has fired')
    .option('--patience <seconds>', 'give up when nothing moves for so long', indexOf, DEFAULT_PATIENCE_SECONDS)
    .action(async (queue: string, { patience }: { patience: number }) => {
      const { isDrained, reasons } = await withTimerServers(async (servers) => {
        const home = await readHome(servers, queue);
        return drain(
          {
            nodes: servers.pools.all.map((pool) => ({
              node: pool.name,
              depth: (dueByMs) => readDepth(pool, servers.placement, home, dueByMs),
            })),
            view: () => readQueue(servers, home),
            pause: (ms) => sleep(ms),
            nowMs: () => performance.now(),
            tell,
          },
          patience * MS_PER_SECOND,
        );
      });
      if (isDrained) return print(`${queue}: nothing that was due is pending`);
      print(`${queue}: stands still`);
      reasons.forEach((reason) => print(`  ${reason}`));
      process.exitCode = 1;
    });
}

function indexOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}
