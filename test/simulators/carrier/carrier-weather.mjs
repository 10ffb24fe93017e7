/**
 * How badly the carrier behaves: a plan per order, one step consumed by each call of it, or else drawn from seeded probabilities. A step says
 * what happens before the call is heard, what to its answer, and how the courier and his reports behave afterwards.
 */

/** Everything goes well. */
export const FAIR = {
  ...{ before: 'none', after: 'none', delayMs: 0, refuse: undefined, run: 'deliver' },
  ...{ twice: false, shuffled: false, skipped: [], unsigned: false, oldAttempt: false, courier: undefined },
};

/** mulberry32: tiny, seeded, good enough to shuffle weather. */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class CarrierWeather {
  #plans = new Map();
  #odds = {};
  #random = seededRandom(1);
  /** While true nothing is answered at all, on no route but those of control. */
  isSilent = false;

  plan(orderId, steps) {
    this.#plans.set(orderId, [...steps]);
  }

  change({ seed, silent, ...odds }) {
    if (seed !== undefined) this.#random = seededRandom(seed);
    if (silent !== undefined) this.isSilent = silent;
    this.#odds = odds;
  }

  clear() {
    this.#plans.clear();
    this.#odds = {};
    this.isSilent = false;
  }

  /** The step of a call for `orderId`. */
  forCall(orderId) {
    const planned = this.#plans.get(orderId)?.shift();
    return planned === undefined ? this.#draw() : { ...FAIR, ...planned };
  }

  #draw() {
    const { lostRequest, lostAnswer, hang, fault, refused, delayMs = 0, twice, shuffled, skipped, run } = this.#odds;
    const before = this.#pick([
      ['drop', lostRequest],
      ['hang', hang],
      ['fault', fault],
    ]);
    return {
      ...{ ...FAIR, before: before ?? 'none', after: this.#pick([['drop', lostAnswer]]) ?? 'none' },
      ...{ delayMs: this.#random() * delayMs, refuse: this.#random() < (refused ?? 0) ? 'NO_CAPACITY' : undefined },
      ...{ twice: this.#random() < (twice ?? 0), shuffled: this.#random() < (shuffled ?? 0) },
      skipped: this.#random() < (skipped ?? 0) ? ['TO_ASSIGN', 'AT_SHOP'] : [],
      ...(run === undefined ? {} : { run }),
    };
  }

  /** The first of the weighted names that comes up; their weights add up to at most 1. */
  #pick(weighted) {
    let left = this.#random();
    for (const [name, weight = 0] of weighted) {
      left -= weight;
      if (left < 0) return name;
    }
    return undefined;
  }
}
