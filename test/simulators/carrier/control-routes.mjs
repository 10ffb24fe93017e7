/** What a test may say to the simulator: plans, weather, callbacks, reports by hand, and what the book holds. Not part of any carrier. */
export class ControlRoutes {
  constructor({ book, weather, runs, sender, hub }) {
    Object.assign(this, { book, weather, runs, sender, hub });
  }

  async act(route, asked, name) {
    switch (route) {
      case 'PUT plans':
        this.weather.plan(name, asked.steps);
        return {};
      case 'PUT weather':
        this.weather.change(asked);
        return {};
      case 'PUT callbacks':
        this.sender.urls = asked;
        return {};
      case 'POST report':
        return this.#report(name, asked);
      case 'POST pull':
        return { taken: await this.hub.pull() };
      case 'GET book':
        return this.book.summary();
      case 'GET tally':
        return this.sender.tally;
      case 'GET couriers':
        return { couriers: this.runs.positions() };
      case 'POST clear':
        this.weather.clear();
        return {};
      default:
        return undefined;
    }
  }

  /** A report now, that need not be true. */
  async #report(waybillId, { options, ...report }) {
    const waybill = this.book.find(waybillId);
    if (waybill === undefined) return undefined;
    return {
      status: await this.sender.send(waybill, { courierId: null, occurredAtMs: Date.now(), ...report }, options),
    };
  }
}
