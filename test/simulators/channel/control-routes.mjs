/** What a test may say to the simulator: payments, plans, weather, callbacks, and what the book holds. Not part of any channel. */
export class ControlRoutes {
  constructor({ books, weather, callbacks, stripe }) {
    Object.assign(this, { books, weather, callbacks, stripe });
  }

  act(route, asked, name) {
    switch (route) {
      case 'PUT payments':
        for (const payment of asked.payments) this.books.channel.take(payment);
        return {};
      case 'PUT plans':
        this.weather.plan(name, asked.steps);
        return {};
      case 'PUT weather':
        this.weather.change(asked);
        return {};
      case 'PUT callbacks':
        this.callbacks.urls = asked;
        return {};
      case 'POST deliver':
        return this.#deliver(asked);
      case 'POST settle':
        for (const book of Object.values(this.books)) {
          for (const movement of book.movements) book.settle(movement, 'succeeded');
        }
        return {};
      case 'POST movements':
        return { reference: this.#byHand(asked) };
      case 'GET book':
        return this.books[name || 'channel'].summary();
      case 'GET tally':
        return { ...this.callbacks.tally, stripeRequests: this.stripe.seen };
      case 'POST clear':
        this.weather.clear();
        return {};
      default:
        return undefined;
    }
  }

  /** A callback now, of a status that need not be true. */
  #deliver({ number, protocol = 'generic', status }) {
    const book = protocol === 'payer' ? this.books.payer : this.books.channel;
    const [movement] = book.of(number).slice(-1);
    if (movement === undefined) return undefined;
    void this.callbacks.deliver(protocol, { ...movement, ...(status === undefined ? {} : { status }) });
    return {};
  }

  /** Money that a person moves in the channel's console, without any number of ours. */
  #byHand({ paymentId, amount, currency, number = null, status = 'succeeded' }) {
    const movement = this.books.channel.open({ number, paymentId, amount, currency });
    this.books.channel.settle(movement, status);
    return movement.reference;
  }
}
