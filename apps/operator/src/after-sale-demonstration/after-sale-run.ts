/**
 * The after-sale demonstration: the app was away while orders were shown, so that it catches up first with what was paid in vain; then the scenes, all
 * at once; and in the end the books of both sides, order by order.
 */
import { castOf } from '../demonstration/cast.js';
import { memberOf, OrderApi } from '../demonstration/order-api.js';
import { print } from '../terminal/print.js';
import { type MoneyBack, untilMoneyIsBack } from './money-back.js';
import { RefundWitness } from './refund-witness.js';
import { Scene, type SceneStage } from './scene.js';
import { type ScenePlan, scenePlans } from './scenes.js';
import { SimulatedChannel } from './simulated-channel.js';

export interface AfterSaleOptions {
  readonly apiUrl: string;
  readonly aftersaleUrl: string;
  /** The simulated payment channel of `npm start`. */
  readonly channelUrl: string;
  readonly amqpUrl: string;
  /** A token that may read every refund. */
  readonly reader: string;
  /** What the orders that were shown before have paid in vain. */
  readonly due: Pick<MoneyBack, 'orders' | 'amount'>;
}

/** Casts of the forward journeys come before. */
const FIRST_CAST = 40;
const NAME_WIDTH = 36;

export class AfterSaleRun {
  private readonly stage: SceneStage;

  constructor(private readonly options: AfterSaleOptions) {
    const { apiUrl, aftersaleUrl, channelUrl, amqpUrl } = options;
    const refunds = new OrderApi(aftersaleUrl);
    const readBack = async (refundId: string): Promise<number | undefined> => {
      const { body } = await refunds.call({ method: 'GET', path: `/v1/refunds/${refundId}`, token: options.reader });
      return typeof body['version'] === 'number' ? body['version'] : undefined;
    };
    const witness = new RefundWitness(amqpUrl, readBack);
    this.stage = { orders: new OrderApi(apiUrl), refunds, channel: new SimulatedChannel(channelUrl), witness };
  }

  /** Answers what was not as promised. */
  async show(): Promise<readonly string[]> {
    const startedMs = performance.now();
    await this.stage.witness.start();
    try {
      print(`money goes back through ${this.options.aftersaleUrl}; ${scenePlans.length} scenes at once\n`);
      const scenes = await Promise.all(scenePlans.map((plan, index) => this.play(plan, FIRST_CAST + index)));
      for (const { title, lines, problems } of scenes) {
        [`takeout: ${title}`, ...lines, ...problems.map((problem) => `  ✗ ${problem}`), ''].forEach(print);
      }
      const own = new Set(scenes.map(({ orderId }) => orderId));
      const back = await untilMoneyIsBack(this.stage.channel, own, this.options.due);
      const books = await this.compareBooks();
      totalLines({ back, scenes, books, elapsedMs: performance.now() - startedMs }).forEach(print);
      const ofScenes = scenes.flatMap(({ orderId, problems }) => problems.map((each) => `order ${orderId}: ${each}`));
      return [...ofScenes, ...back.problems, ...books.problems];
    } finally {
      await this.stage.witness.stop();
    }
  }

  private async play({ title, play }: ScenePlan, index: number): Promise<Scene> {
    const scene = new Scene(title, await castOf(index), this.stage);
    try {
      await play(scene);
    } catch (error) {
      scene.problems.push(`it ended early: ${error instanceof Error ? error.message : String(error)}`);
    }
    return scene;
  }

  /** P7: of every order that the channel knows it has moved what the ledger has confirmed, under no number twice. */
  private async compareBooks(): Promise<Books> {
    const { byNumber, doubled: twice } = await this.stage.channel.book();
    const payer = await this.stage.channel.book('payer');
    const moved = new Map<string, number>();
    for (const [number, entry] of Object.entries(byNumber)) {
      const orderId = number.split('-')[0] ?? '';
      moved.set(orderId, (moved.get(orderId) ?? 0) + entry.moved);
    }
    const found = await Promise.all(
      [...moved].map(async ([orderId, channel]) => {
        const path = `/v1/orders/${orderId}/refunds`;
        const answer = await this.stage.refunds.call({ method: 'GET', path, token: this.options.reader });
        const ledger = Number(memberOf(answer, 'refundedAmount'));
        return { ledger, channel, orderId };
      }),
    );
    const doubled = twice + payer.doubled;
    return {
      ...{ doubled, compensations: Object.values(payer.byNumber).filter(({ moved: paid }) => paid > 0).length },
      ...{ ledger: sumOf(found.map((each) => each.ledger)), channel: sumOf(found.map((each) => each.channel)) },
      problems: [
        ...found
          .filter(({ ledger, channel }) => ledger !== channel)
          .map(
            ({ orderId, ledger, channel }) =>
              `order ${orderId}: the channel moved ${channel}, the ledger has ${ledger}`,
          ),
        ...(doubled === 0 ? [] : [`${doubled} numbers of refunds or compensations moved money twice`]),
      ],
    };
  }
}

interface Books {
  readonly ledger: number;
  readonly channel: number;
  readonly compensations: number;
  readonly doubled: number;
  readonly problems: readonly string[];
}

interface Totals {
  readonly back: MoneyBack;
  readonly scenes: readonly Scene[];
  readonly books: Books;
  readonly elapsedMs: number;
}

function totalLines({ back, scenes, books, elapsedMs }: Totals): readonly string[] {
  const events = sumOf(scenes.map((scene) => scene.events));
  const failed = scenes.filter(({ problems }) => problems.length > 0).length;
  const facts: Readonly<Record<string, string>> = {
    scenes: `${scenes.length} (${failed} failed), ${events} refund events heard`,
    'went back by itself, after an absence': `${back.amount} of ${back.orders} orders, in ${back.refunds} refunds`,
    'ledger and channel': `${books.ledger} = ${books.channel}, ${books.doubled} doubles`,
    'compensations paid': String(books.compensations),
    elapsed: `${(elapsedMs / 1000).toFixed(1)} s`,
  };
  return Object.entries(facts).map(([name, value]) => `  ${name.padEnd(NAME_WIDTH)} ${value}`);
}

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);
