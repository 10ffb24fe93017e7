/**
 * How badly the channel behaves: a plan per number, one step consumed by each request to move money, or else drawn from seeded
 * probabilities. A step says what happens before the work, how the work ends, what happens to the answer, and which callbacks go out.
 */

/** Everything goes well: settled after a moment, one callback. */
const FAIR = { before: 'none', after: 'none', delayMs: 0, outcome: 'succeeded', settleMs: 5, callbacks: [10] };

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

export class ChannelWeather {
  #plans = new Map();
  #odds = {};
  #random = seededRandom(1);
  /** While true nothing is answered at all, on no route but those of control. */
  isSilent = false;

  plan(number, steps) {
    this.#plans.set(number, [...steps]);
  }

  /** `odds`: see {@link ChannelWeather#draw}; `seed` makes a run repeatable as far as its requests come in the same order. */
  change({ seed, silent, ...odds }) {
    if (seed !== undefined) this.#random = seededRandom(seed);
    this.isSilent = silent === true;
    this.#odds = odds;
  }

  clear() {
    this.#plans.clear();
    this.#odds = {};
    this.isSilent = false;
  }

  /** The step of a request to move money under `number`. */
  forWork(number) {
    const planned = this.#plans.get(number)?.shift();
    return planned === undefined ? this.#draw() : { ...FAIR, ...planned };
  }

  /** What happens to a question: nothing unless the odds say so. */
  forQuestion() {
    const { lostRequest = 0, lostAnswer = 0, fault = 0, delayMs = 0 } = this.#odds;
    const before = this.#pick([
      ['drop', lostRequest + lostAnswer],
      ['fault', fault],
    ]);
    return { ...FAIR, before: before ?? 'none', delayMs: this.#random() * delayMs };
  }

  #draw() {
    const odds = this.#odds;
    const before = this.#pick([
      ['drop', odds.lostRequest],
      ['hang', odds.hang],
      ['fault', odds.fault],
      ['rate-limit', odds.rateLimited],
      ['refuse:INSUFFICIENT_FUNDS', odds.refused],
    ]);
    const after = this.#pick([
      ['drop', odds.lostAnswer],
      ['fault', odds.faultAfter],
    ]);
    const failed = this.#random() < (odds.failed ?? 0);
    const settleMs = odds.settleMs === null ? null : 5 + this.#random() * (odds.settleMs ?? 0);
    const late = this.#random() * (odds.callbackMs ?? 10);
    const first = this.#random() < (odds.noCallback ?? 0) ? [] : [late];
    const twice = this.#random() < (odds.twice ?? 0) ? [late + this.#random() * (odds.callbackMs ?? 10)] : [];
    return {
      ...{ ...FAIR, before: before ?? 'none', after: after ?? 'none', settleMs },
      ...{ outcome: failed ? 'failed' : 'succeeded', delayMs: this.#random() * (odds.delayMs ?? 0) },
      ...{ callbacks: [...first, ...twice], stalePending: this.#random() < (odds.outOfOrder ?? 0) },
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
