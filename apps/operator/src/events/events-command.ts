import { loadTopology, type ReplayFilter, replayEvents, topologyDirectory } from '@ordo/broadcast';
import { type Command, InvalidArgumentError } from 'commander';
import { brokerOf, type ClusterChoice, withCluster } from '../terminal/broker-cluster.js';
import { print } from '../terminal/print.js';
import { momentOf } from './moment.rules.js';

const MAX_RATE = 20_000;

interface ReplayArguments extends ClusterChoice {
  readonly to: string;
  readonly order?: string;
  readonly merchant?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly type?: readonly string[];
  readonly rate: number;
  readonly dryRun?: boolean;
  readonly files?: string;
}

/** `events replay`: what an exchange published in the last days, once more, to the queue of one consumer. */
export function registerEvents(program: Command): void {
  const events = program.command('events').description('what was published');
  withCluster(events.command('replay'))
    .description('send events of the stream again, to one queue of topology/*.yaml and to nobody else')
    .requiredOption('--to <queue>', 'full name of the work queue')
    .option('--order <id>', 'only of this order')
    .option('--merchant <id>', 'only of this merchant')
    .option('--since <moment>', 'sent at or after: ISO time, or 90s, 30m, 2h, 3d ago', moment)
    .option('--until <moment>', 'sent before', moment)
    .option('--type <type...>', 'only of these types, e.g. ordo.order.paid.v1')
    .option('--rate <events>', `per second at most, up to ${MAX_RATE} (default 500)`, rate, 500)
    .option('--dry-run', 'name them and send nothing')
    .option('--files <directory>', 'folder of topology files (default: topology/)')
    .action(replay);
}

async function replay(args: ReplayArguments): Promise<void> {
  const filter = filterOf(args);
  const { amqpUrl, space } = brokerOf(args);
  const topology = loadTopology(args.files ?? topologyDirectory(), { space });
  const { read, sent, unheard } = await replayEvents({
    ...{ url: amqpUrl, topology, to: args.to, filter, ratePerSecond: args.rate, dryRun: args.dryRun === true },
    ...(args.dryRun === true ? { onEvent: ({ id, type, senttime }) => print(`${senttime}  ${id}  ${type}`) } : {}),
  });
  const done = args.dryRun === true ? 'would go' : 'went';
  print(`read ${read}: ${sent} ${done} to ${args.to}, ${unheard} were meant but are not what it hears`);
}

/** A week of everything is a mistake more often than a wish: something has to be said. */
function filterOf({ order, merchant, since, until, type }: ReplayArguments): ReplayFilter {
  if (order === undefined && merchant === undefined && since === undefined) {
    throw new InvalidArgumentError('name an --order, a --merchant or a --since');
  }
  return {
    ...(order === undefined ? {} : { orderId: order }),
    ...(merchant === undefined ? {} : { merchantId: merchant }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(type === undefined ? {} : { types: type }),
  };
}

function moment(text: string): Date {
  const found = momentOf(text, Date.now());
  if (found === undefined) throw new InvalidArgumentError('must be an ISO time, or like 90s, 30m, 2h, 3d');
  return found;
}

function rate(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= MAX_RATE) return value;
  throw new InvalidArgumentError(`must be an integer between 1 and ${MAX_RATE}`);
}
