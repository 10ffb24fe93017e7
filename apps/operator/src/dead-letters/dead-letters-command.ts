import {
  countBacklogs,
  type DeadLetterFilter,
  loadTopology,
  lookAtDeadLetters,
  redriveDeadLetters,
  topologyDirectory,
} from '@ordo/broadcast';
import { type Command, InvalidArgumentError } from 'commander';
import { brokerOf, type ClusterChoice, withCluster } from '../terminal/broker-cluster.js';
import { print } from '../terminal/print.js';
import { backlogLines, letterLines, redriveLine } from './dead-letters-report.js';

const MAX_LETTERS = 10_000;
/** Exit code when something waits for a person: dead letters, or a queue that did not take one back. */
const ATTENTION = 2;

type RedriveArguments = ClusterChoice & DeadLetterFilter & { readonly limit: number };

/** `dlq list | show | redrive`: what consumers gave up on, why, and back to them. A look moves nothing; a redrive loses nothing. */
export function registerDeadLetters(program: Command): void {
  const dlq = program.command('dlq').description('dead letters of the queues of topology/*.yaml');
  withCluster(dlq.command('list'))
    .description('every queue: what waits, who consumes, dead letters; exit code 2 if there are any')
    .option('--files <directory>', 'folder of topology files (default: topology/)')
    .action(async ({ files, cluster }: ClusterChoice & { files?: string }) => {
      const { amqpUrl, space } = brokerOf({ cluster });
      const backlogs = await countBacklogs(amqpUrl, loadTopology(files ?? topologyDirectory(), { space }));
      backlogLines(backlogs).forEach(print);
      if (backlogs.some(({ deadLetters }) => (deadLetters ?? 0) > 0)) process.exitCode = ATTENTION;
    });
  withCluster(dlq.command('show <queue>'))
    .description('the oldest dead letters of a work queue, and why they are there; they stay')
    .option('--limit <count>', `at most so many, up to ${MAX_LETTERS} (default 20)`, count, 20)
    .action(async (queue: string, { limit, cluster }: ClusterChoice & { limit: number }) => {
      letterLines(await lookAtDeadLetters(brokerOf({ cluster }).amqpUrl, queue, limit)).forEach(print);
    });
  withCluster(dlq.command('redrive <queue>'))
    .description('send dead letters back to their work queue; their attempts begin anew')
    .option('--message-id <id>', 'only this message')
    .option('--order-id <id>', 'only those of this order')
    .option('--code <code>', 'only those with this error code')
    .option('--limit <count>', `of the oldest so many, up to ${MAX_LETTERS} (default 1000)`, count, 1_000)
    .action(async (queue: string, { limit, cluster, ...filter }: RedriveArguments) => {
      const counts = await redriveDeadLetters(brokerOf({ cluster }).amqpUrl, queue, filter, limit);
      print(redriveLine(queue, counts));
      if (counts.stopped !== undefined) process.exitCode = ATTENTION;
    });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= MAX_LETTERS) return value;
  throw new InvalidArgumentError(`must be an integer between 1 and ${MAX_LETTERS}`);
}
