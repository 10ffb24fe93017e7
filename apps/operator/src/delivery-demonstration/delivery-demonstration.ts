/** Orders that are brought to their door by simulated couriers, all at once because most of each is waiting; told one after the other. */
import { loadConfig, optional, url } from '@ordo/configuration';
import { deliveryReport } from '../delivery/delivery-report.js';
import { castOf } from '../demonstration/cast.js';
import { OrderApi } from '../demonstration/order-api.js';
import { AftersaleApi } from '../terminal/aftersale-api.js';
import { DeliveryApi } from '../terminal/delivery-api.js';
import { print } from '../terminal/print.js';
import { DeliveryStage } from './delivery-stage.js';
import { type DeliveryStory, deliveryStories, storyProblems } from './delivery-stories.js';
import { SimulatedCarrier } from './simulated-carrier.js';

const variables = {
  apiUrl: optional('ORDO_API_URL', url('http', 'https'), 'http://127.0.0.1:7101'),
  carrierUrl: optional('ORDO_CARRIER_SIMULATOR_URL', url('http'), 'http://127.0.0.1:7390'),
};

interface Told {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Answers what was not as promised; empty means that everything was. */
export async function demonstrateDeliveries(): Promise<readonly string[]> {
  const { apiUrl, carrierUrl } = loadConfig(variables);
  const stage = new DeliveryStage(
    ...([new OrderApi(apiUrl), await DeliveryApi.open(), new SimulatedCarrier(carrierUrl)] as const),
    await AftersaleApi.open(),
  );
  print(`${deliveryStories.length} orders are brought to their door; couriers hurry, their clocks do not\n`);
  await stage.supplyLanes(deliveryStories.map(({ promisedMinutes }) => promisedMinutes));
  const told = await Promise.all(deliveryStories.map((story, index) => play(stage, story, index)));
  for (const { lines } of told) lines.forEach(print);
  return told.flatMap(({ problems }) => problems);
}

async function play(stage: DeliveryStage, story: DeliveryStory, index: number): Promise<Told> {
  const cast = await castOf(index);
  const orderId = await stage.accepted(cast, story);
  if (story.recalls) {
    await stage.reaches(orderId, 'REJECTED');
    await stage.recall(orderId, cast);
  }
  const delivery = await stage.reaches(orderId, 'DELIVERED');
  const orderStatus = await stage.orderStatus(orderId, 'RECEIVED', cast);
  const entries = await stage.timeline(orderId);
  const compensations = await stage.compensationsOf(orderId, story.expect.compensation > 0 ? 1 : 0);
  const problems = storyProblems(story, delivery, entries, { orderStatus, compensations });
  return {
    lines: [
      `${story.title}: promised within ${story.promisedMinutes} min`,
      ...deliveryReport(delivery, entries).map((line) => `  ${line}`.trimEnd()),
      `  the order is ${orderStatus}`,
      ...compensations.map(
        ({ amount, asset, status, liable }) =>
          `  compensated with ${amount} as ${asset}, borne by ${liable}: ${status}`,
      ),
      ...problems.map((problem) => `  ✗ ${problem}`),
      '',
    ],
    problems: problems.map((problem) => `order ${orderId}: ${problem}`),
  };
}
