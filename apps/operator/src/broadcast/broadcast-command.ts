import { userInfo } from 'node:os';
import { eventCatalogue } from '@ordo/contracts';
import { Cluster, type SwitchPosition, SwitchState } from '@ordo/outbox';
import { type Command, InvalidArgumentError } from 'commander';
import { clusterOf } from '../terminal/broker-cluster.js';
import { withPools } from '../terminal/nodes.js';
import { print } from '../terminal/print.js';
import { broadcastLines, changeLines } from './broadcast-report.js';
import { lookAtBroadcast, throwBroadcastSwitch } from './broadcast-switch.js';

/** A node was away: the command has to be repeated. */
const PARTIAL = 2;

interface Because {
  readonly reason: string;
}

/** `broadcast status | pause | resume | ramp`: whether and what each broker cluster is told, in every process within two seconds. */
export function registerBroadcast(program: Command): void {
  const broadcast = program
    .command('broadcast')
    .description('what the broker clusters are told, and the switch that stops it');
  broadcast
    .command('status')
    .description('per app and node: the switches, and what waits for each cluster')
    .action(async () => {
      broadcastLines(await withPools((pools) => lookAtBroadcast(pools.all))).forEach(print);
    });
  broadcast
    .command('pause <cluster>')
    .description('tell a cluster (first, second) nothing more; what happens waits in the outbox, in order')
    .requiredOption('--reason <text>', 'for whoever finds it paused')
    .action((name: string, because: Because) => change(name, { state: SwitchState.PAUSED }, because.reason));
  broadcast
    .command('resume <cluster>')
    .description('tell it again: first what waited')
    .option('--reason <text>', 'why', '')
    .action((name: string, because: Because) => change(name, { state: SwitchState.OPEN }, because.reason));
  broadcast
    .command('ramp')
    .description('how much the second cluster hears: a share of the orders, of all events or of some types')
    .requiredOption(
      '--percent <share>',
      '0 to 100, of the orders; whole orders, and who is in at 10 is in at 20',
      percent,
    )
    .option('--types <event...>', 'only these events, e.g. order.paid (default: all)', eventType, undefined)
    .option('--reason <text>', 'why', '')
    .action((args: Because & { percent: number; types?: string[] }) =>
      change(Cluster.SECOND, { percent: args.percent, types: args.types }, args.reason),
    );
}

async function change(name: string, position: Partial<SwitchPosition>, reason: string): Promise<void> {
  const cluster = clusterOf(name);
  const whole = { ...position, reason: reason === '' ? null : reason, changedBy: userInfo().username };
  const thrown = await withPools((pools) => throwBroadcastSwitch(pools.all, cluster, whole));
  changeLines(thrown).forEach(print);
  if (thrown.some(({ error }) => error !== undefined)) process.exitCode = PARTIAL;
}

function percent(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('must be an integer between 0 and 100');
}

function eventType(text: string, before: string[] | undefined): string[] {
  if (Object.hasOwn(eventCatalogue, text)) return [...(before ?? []), text];
  throw new InvalidArgumentError(`is no event of the catalogue (docs/events.md), e.g. order.paid`);
}
