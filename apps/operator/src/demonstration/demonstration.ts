/** The demonstration: the shown journeys one by one, then a small lunch, then whether everything was as promised. */

import { loadConfig, oneOf, optional, ordoVariables, text, url } from '@ordo/configuration';
import { CallerGrant } from '@ordo/contracts';
import { NodePools } from '@ordo/sharding';
import { SimulatedChannel } from '../after-sale-demonstration/simulated-channel.js';
import { nodesOfEnvironment } from '../terminal/nodes.js';
import { print } from '../terminal/print.js';
import { signToken } from '../token/sign-token.js';
import { describeToken } from '../token/token-claims.js';
import { castOf } from './cast.js';
import { ConsumerScenes } from './consumer-scenes.js';
import { runCrowd } from './crowd.js';
import { deadlineJourneys } from './deadline-journeys.js';
import { emptyRedis } from './empty-redis.js';
import { EventWitness, type ReadBack } from './event-witness.js';
import { showFeed } from './feed-show.js';
import { type JourneyResult, runJourney, type Stage } from './journey-run.js';
import { journeys } from './journeys.js';
import { OrderApi } from './order-api.js';
import { journeyLine, resultLines, stepLine, summaryLines } from './story.js';
import { readVersions } from './versions.repository.js';

/** The consumer's reads and the final looks run beside each other. */
const CONNECTIONS_PER_NODE = 6;

const variables = {
  apiUrl: optional('ORDO_API_URL', url('http', 'https'), 'http://127.0.0.1:7101'),
  amqpUrl: ordoVariables.amqpUrl,
  redisTimersUrl: ordoVariables.redisTimersUrl,
  channelUrl: optional('ORDO_SIMULATED_CHANNEL_URL', url('http', 'https'), 'http://127.0.0.1:7401'),
  // Set by `npm start`: the api allows deadlines of seconds, and the timers' Redis is the stack's own.
  shortestDeadline: optional('ORDO_SHORTEST_DEADLINE_SECONDS', text, ''),
  emptiesTimers: optional('ORDO_DEMONSTRATION_EMPTIES_TIMERS', oneOf('yes', 'no'), 'no'),
};

/** Runs it all and answers what was not as promised; empty means that everything was. */
export async function demonstrate(): Promise<readonly string[]> {
  const { apiUrl, amqpUrl, redisTimersUrl, channelUrl, shortestDeadline, emptiesTimers } = loadConfig(variables);
  const { urls, placement } = nodesOfEnvironment();
  const pools = new NodePools(urls, { connectionLimit: CONNECTIONS_PER_NODE });
  const api = new OrderApi(apiUrl);
  const reader = await signToken(describeToken({ service: 'demo-reader', grants: CallerGrant.READ, ttl: '10m' }));
  const readBack = async (orderId: string): Promise<ReadBack> => {
    const [versions, rest] = await Promise.all([
      readVersions(pools, placement, orderId),
      api.call({ method: 'GET', path: `/v1/orders/${orderId}`, token: reader }),
    ]);
    return { ...versions, rest: typeof rest.body['version'] === 'number' ? rest.body['version'] : undefined };
  };
  const witness = new EventWitness(amqpUrl, readBack);
  const scenes = new ConsumerScenes(amqpUrl);
  // Where an after-sale app pays back through the simulated channel: a refund tags its order, and would do it under the eyes of a journey.
  const channel = new SimulatedChannel(channelUrl);
  const isHeld = await channel.settleLater();
  try {
    print(`driving orders through ${apiUrl}; an independent consumer listens and reads back\n`);
    await witness.start();
    await scenes.start();
    const emptyTimers = emptiesTimers === 'yes' ? () => emptyRedis(redisTimersUrl) : undefined;
    const problems = await perform({ api, witness, pools, placement, emptyTimers }, shortestDeadline !== '');
    if (problems.length > 0) return problems;
    return [...(await showStream(api, apiUrl)), ...(await scenes.show(print))];
  } finally {
    await scenes.stop();
    if (isHeld) await channel.settleAll();
    await witness.stop();
    await pools.close();
  }
}

/** A cast of its own: the feed of a merchant who begins. */
async function showStream(api: OrderApi, apiUrl: string): Promise<readonly string[]> {
  print('\na merchant follows the feed\n');
  const { lines, problems } = await showFeed(api, apiUrl, await castOf(journeys.length + deadlineJourneys.length));
  lines.forEach(print);
  print('');
  return problems;
}

/** Ends at the first journey that went wrong: whatever ails it would ail the next ones, at the full length of each wait. */
async function perform(stage: Stage, showsDeadlines: boolean): Promise<readonly string[]> {
  const startedMs = performance.now();
  const shown: JourneyResult[] = [];
  for (const [index, journey] of journeys.entries()) {
    print(journeyLine(journey));
    const result = await runJourney(journey, await castOf(index), stage, (taken) => print(stepLine(taken)));
    resultLines(result, stage.placement).forEach(print);
    print('');
    shown.push(result);
    if (result.problems.length > 0) return problemsOf(shown);
  }
  if (showsDeadlines) shown.push(...(await showDeadlines(stage)));
  else print('deadlines are not shown: ORDO_SHORTEST_DEADLINE_SECONDS is not set, and the shortest is a minute\n');
  if (problemsOf(shown).length > 0) return problemsOf(shown);
  const crowd = await runCrowd(stage);
  const elapsedMs = performance.now() - startedMs;
  summaryLines({ shown, crowd: crowd.results, crowdMs: crowd.elapsedMs, elapsedMs }).forEach(print);
  return problemsOf([...shown, ...crowd.results]);
}

/** All at once, because most of each is waiting; told one after the other. */
async function showDeadlines(stage: Stage): Promise<readonly JourneyResult[]> {
  print(`orders that end by themselves, ${deadlineJourneys.length} at once\n`);
  const told = await Promise.all(
    deadlineJourneys.map(async (journey, index) => {
      const lines: string[] = [journeyLine(journey)];
      const cast = await castOf(journeys.length + index);
      const result = await runJourney(journey, cast, stage, (taken) => void lines.push(stepLine(taken)));
      return { result, lines: [...lines, ...resultLines(result, stage.placement), ''] };
    }),
  );
  for (const { lines } of told) lines.forEach(print);
  return told.map(({ result }) => result);
}

function problemsOf(results: readonly JourneyResult[]): readonly string[] {
  return results.flatMap(({ orderId, problems }) =>
    problems.map((problem) => `order ${orderId || '(not placed)'}: ${problem}`),
  );
}
