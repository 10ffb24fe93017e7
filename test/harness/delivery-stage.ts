/**
 * Orders and their deliveries as they are deployed: the order app, the delivery app, and a simulated carrier whose couriers hurry. Fault specs end
 * and start the delivery processes themselves.
 */
import type { DeliveryDocument, DeliveryTimeline } from '@ordo/contracts';
import {
  aMerchantToken,
  aPlaceOrder,
  aServiceToken,
  CarrierSimulator,
  eventually,
  type PlaceOrderBody,
  simulatedCarrierSecrets,
} from '@ordo/testing';
import { forgetDeadlines, forgetEvents, forgetTimers } from './backlog.js';
import { GrpcClient } from './grpc-client.js';
import { OrderProcess, type OrderProcessOptions } from './order-process.js';
import { type Answer, RestClient } from './rest-client.js';

export interface DeliveryStageOptions {
  /** Delivery processes by their roles; default one with both. */
  readonly deliveries?: readonly string[];
  /** How much faster than life couriers are; default a thousand times. */
  readonly scale?: number;
  /** An order app that stands already, and whose end is its owner's; default one of this stage. */
  readonly orderApp?: OrderProcess;
  /** Variables of the delivery processes beside those of the stage. */
  readonly environment?: Readonly<Record<string, string>>;
}

const WITHIN_MS = 60_000;

export class DeliveryStage {
  private constructor(
    readonly order: OrderProcess,
    readonly deliveries: OrderProcess[],
    readonly carrier: CarrierSimulator,
    readonly orders: RestClient,
    private readonly token: string,
    private readonly options: DeliveryStageOptions,
  ) {}

  static async open(options: DeliveryStageOptions = {}): Promise<DeliveryStage> {
    const { deliveries = ['api,worker'], scale = 0.001, orderApp } = options;
    const [carrier, token] = await Promise.all([
      CarrierSimulator.start({ scale }),
      aServiceToken(),
      forgetEvents('ordo.order.delivery.hand-off'),
      // An order app that runs has forgotten them, and has others by now.
      ...(orderApp === undefined ? [forgetDeadlines()] : []),
      forgetTimers('ordo_delivery_node'),
    ] as const);
    const order = orderApp ?? (await OrderProcess.start({ untilReady: false }));
    const stage = new DeliveryStage(order, [], carrier, new RestClient(order.url, token), token, options);
    try {
      for (const roles of deliveries) stage.deliveries.push(await stage.startDelivery(roles, { untilReady: false }));
      // All at once: none waits for another, and a boot leaves half of the machine idle.
      await Promise.all([order, ...stage.deliveries].map((each) => each.ready()));
      await carrier.callbacksTo({
        hub: `${stage.api.url}/v1/carriers/hub`,
        drive: `${stage.api.url}/v1/carriers/drive`,
      });
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  startDelivery(
    roles: string,
    more: Pick<OrderProcessOptions, 'successorOf' | 'untilReady'> = {},
  ): Promise<OrderProcess> {
    return OrderProcess.start({
      ...{ app: 'delivery', roles },
      environment: {
        ORDO_ORDER_GRPC_ADDRESS: this.order.grpcAddress,
        ORDO_SERVICE_TOKEN: this.token,
        ORDO_CARRIER_URL: this.carrier.hubUrl,
        ORDO_CARRIER_SECRETS: simulatedCarrierSecrets.hub,
        ORDO_DRIVE_URL: this.carrier.driveUrl,
        ORDO_DRIVE_DEVELOPER_ID: 'developer',
        ORDO_DRIVE_KEY_ID: 'key',
        ORDO_DRIVE_SIGNING_SECRET: simulatedCarrierSecrets.driveSigning,
        ORDO_DRIVE_WEBHOOK_CREDENTIAL: `drive:${simulatedCarrierSecrets.driveWebhook}`,
        ...this.options.environment,
      },
      ...more,
    });
  }

  /** The first delivery process: an api in every stage. */
  get api(): OrderProcess {
    const [first] = this.deliveries;
    if (first === undefined) throw new Error('the stage has no delivery process');
    return first;
  }

  /** As a service that may act in every role, unless it carries another token; to be closed. */
  grpc(token = this.token): GrpcClient {
    return new GrpcClient(this.api.grpcAddress, token, 'delivery');
  }

  /** As a service that may act in every role; `as` gives another caller. */
  get client(): RestClient {
    return new RestClient(this.api.url, this.token);
  }

  /** An order that its merchant has accepted; `plan` is made before anybody can be called. */
  async accepted(body: PlaceOrderBody = aPlaceOrder(), plan?: (orderId: string) => Promise<unknown>): Promise<string> {
    const orderId = await this.orders.placed(body);
    await plan?.(orderId);
    await this.expectOk(this.orders.paid(orderId, body.payAmount));
    const merchant = this.orders.as(await aMerchantToken(body.merchantId));
    await this.expectOk(merchant.post(`/v1/orders/${orderId}/acceptance`));
    return orderId;
  }

  async read(orderId: string): Promise<DeliveryDocument | undefined> {
    const { status, body } = await this.client.get<DeliveryDocument>(`/v1/deliveries/${orderId}`);
    return status === 200 ? body : undefined;
  }

  async timeline(orderId: string): Promise<DeliveryTimeline['entries']> {
    return (await this.client.get<DeliveryTimeline>(`/v1/deliveries/${orderId}/timeline`)).body.entries;
  }

  reaches(orderId: string, state: string, withinMs = WITHIN_MS): Promise<DeliveryDocument> {
    const look = async (): Promise<DeliveryDocument | undefined> => {
      const found = await this.read(orderId);
      return found?.state === state ? found : undefined;
    };
    return eventually(look, `the delivery of ${orderId} is ${state}`, withinMs);
  }

  orderReaches(orderId: string, status: string, withinMs = WITHIN_MS): Promise<unknown> {
    const look = async (): Promise<boolean> =>
      (await this.orders.get(`/v1/orders/${orderId}`)).body['status'] === status;
    return eventually(look, `order ${orderId} is ${status}`, withinMs);
  }

  async close(): Promise<void> {
    const own = this.options.orderApp === undefined ? [...this.deliveries, this.order] : this.deliveries;
    await Promise.all(own.filter(({ hasEnded }) => !hasEnded).map((each) => each.kill()));
    await this.carrier.stop();
  }

  private async expectOk(asked: Promise<Answer>): Promise<void> {
    const { status, body } = await asked;
    if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  }
}
