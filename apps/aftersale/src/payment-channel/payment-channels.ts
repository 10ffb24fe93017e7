/** The channels of an installation. A payment says by the form of its id which channel took it; a refund remembers its channel by name. */
import { invariant } from '@ordo/kernel';
import type { PaymentChannel } from './payment-channel.js';

export interface ChannelRoute {
  readonly channel: PaymentChannel;
  /** The payments of this channel by their id; the first route that matches wins. */
  readonly takes: (paymentId: string) => boolean;
}

/** Payment intents and charges (docs.stripe.com/api). */
export const isStripePayment = (paymentId: string): boolean => /^(pi|ch|py)_/.test(paymentId);

export class PaymentChannels {
  private readonly byName: ReadonlyMap<string, PaymentChannel>;

  constructor(private readonly routes: readonly ChannelRoute[]) {
    this.byName = new Map(routes.map(({ channel }) => [channel.name, channel]));
    invariant(this.byName.size === routes.length, 'two channels have one name');
  }

  get all(): readonly PaymentChannel[] {
    return [...this.byName.values()];
  }

  /** The channel that took a payment. */
  ofPayment(paymentId: string): PaymentChannel {
    const route = this.routes.find(({ takes }) => takes(paymentId));
    invariant(route !== undefined, 'no channel takes this payment', { paymentId });
    return route.channel;
  }

  /** The channel of a stored name: an installation never forgets one while refunds of it are open. */
  named(name: string): PaymentChannel {
    const channel = this.byName.get(name);
    invariant(channel !== undefined, `the channel ${name} is not configured here`, { channel: name });
    return channel;
  }

  find(name: string): PaymentChannel | undefined {
    return this.byName.get(name);
  }
}
