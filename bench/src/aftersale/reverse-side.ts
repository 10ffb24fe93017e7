/** The after-sale app as it is deployed, with the simulated payment channel beside it. */
import { ChannelSimulator, simulatedSecrets } from '@ordo/testing';
import { OrderProcess } from '../subject/order-process.js';

export class ReverseSide {
  private constructor(
    private readonly channel: ChannelSimulator,
    private readonly app: OrderProcess,
  ) {}

  static async start(orderAddress: string, token: string): Promise<ReverseSide> {
    const channel = await ChannelSimulator.start({ ANY_PAYMENT: 'yes' });
    const app = await OrderProcess.start('api,worker', 'aftersale', {
      ...ownServers(),
      ...{ ORDO_ORDER_GRPC_ADDRESS: orderAddress, ORDO_SERVICE_TOKEN: token },
      ...{ ORDO_PAYMENT_CHANNEL_URL: channel.channelUrl, ORDO_PAYMENT_CHANNEL_SECRETS: simulatedSecrets.channel },
      ...{ ORDO_COMPENSATION_PAYER_URL: channel.payerUrl, ORDO_COMPENSATION_PAYER_SECRETS: simulatedSecrets.payer },
    });
    await channel.callbacksTo({ generic: `${app.origin}/v1/channels/generic/callbacks` });
    return new ReverseSide(channel, app);
  }

  /** Refunds whose money has moved, and numbers under which it moved twice. */
  async refunds(): Promise<{ readonly moved: number; readonly doubled: number }> {
    const { byNumber, doubled } = await this.channel.book();
    return { moved: Object.values(byNumber).filter(({ moved }) => moved > 0).length, doubled };
  }

  /** As if it were not there: what it had to do waits. */
  leave(): void {
    this.app.freeze();
  }

  return(): void {
    this.app.thaw();
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.channel.stop();
  }
}

/** `--apart`: the app's MySQL nodes and Redis servers are not those of the order app. */
function ownServers(): Readonly<Record<string, string>> {
  return JSON.parse(process.env['ORDO_BENCH_AFTERSALE_SERVERS'] ?? '{}') as Readonly<Record<string, string>>;
}
