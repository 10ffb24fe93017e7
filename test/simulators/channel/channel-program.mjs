/**
 * The simulated channel: a program of its own, so that it outlives what it is used to break. Speaks the generic contract under
 * /channel/v1/refunds, Stripe under /v1/refunds, the payer of compensation under /payer/v1/payouts, and is steered under /control.
 *
 *   PORT=7401 node test/simulators/channel/channel-program.mjs
 *
 * Secrets come from the environment and have defaults that are good for nothing else, as do CALLBACKS_GENERIC and CALLBACKS_PAYER (where it
 * calls back until it is told otherwise) and ANY_PAYMENT (it takes refunds of payments that it does not know). Prints one line when it listens.
 */

import { listen } from '../front/simulator-front.mjs';
import { CallbackSender } from './callback-sender.mjs';
import { ChannelBook } from './channel-book.mjs';
import { ChannelWeather } from './channel-weather.mjs';
import { ControlRoutes } from './control-routes.mjs';
import { GenericRoutes } from './generic-routes.mjs';
import { StripeRoutes } from './stripe-routes.mjs';

const secrets = {
  generic: process.env.CHANNEL_SECRET ?? 'simulated-channel-secret',
  payer: process.env.PAYER_SECRET ?? 'simulated-payer-secret',
  stripeKey: process.env.STRIPE_KEY ?? 'sk_test_simulated',
  stripeWebhook: process.env.STRIPE_WEBHOOK_SECRET ?? 'whsec_simulated',
};
const weather = new ChannelWeather();
const books = { channel: new ChannelBook({ takesAny: process.env.ANY_PAYMENT === 'yes' }), payer: new ChannelBook() };
const callbacks = new CallbackSender(secrets);
callbacks.urls = { generic: process.env.CALLBACKS_GENERIC, payer: process.env.CALLBACKS_PAYER };
const own = { weather, callbacks };
const stripe = new StripeRoutes({ ...own, book: books.channel, apiKey: secrets.stripeKey });
const partners = [
  new GenericRoutes({
    ...{ ...own, prefix: '/channel/v1/refunds', field: 'refundNumber', protocol: 'generic' },
    ...{ book: books.channel, secret: secrets.generic },
  }),
  new GenericRoutes({
    ...{ ...own, prefix: '/payer/v1/payouts', field: 'payoutNumber', protocol: 'payer' },
    ...{ book: books.payer, secret: secrets.payer },
  }),
  stripe,
];
const control = new ControlRoutes({ books, weather, callbacks, stripe });

listen({ control, weather, routes: partners });
