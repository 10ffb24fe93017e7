/**
 * Couriers on their way. The marks are those of a real order of 2017 (DOMAIN §4), run through `scale` times faster; the times that are reported
 * are those of life, so that a delivery of 24 minutes takes 24 minutes of the platform's clock and a second and a half of ours.
 */
import { pause } from '../front/http-exchange.mjs';

const SECOND_MS = 1_000;
const RUNS = {
  deliver: [
    ['TO_ASSIGN', 30],
    ['TO_FETCH', 260],
    ['AT_SHOP', 716],
    ['DELIVERING', 992],
    ['DELIVERED', 1433],
  ],
  /** Nobody can be found. */
  reject: [
    ['TO_ASSIGN', 30],
    ['REJECTED', 300, { subState: 'NO_CAPACITY' }],
  ],
  reassign: [
    ['TO_ASSIGN', 30],
    ['TO_FETCH', 260],
    ['TO_FETCH', 400, { courierId: 'courier-b' }],
    ['AT_SHOP', 716, { courierId: 'courier-b' }],
    ['DELIVERING', 992, { courierId: 'courier-b' }],
    ['DELIVERED', 1433, { courierId: 'courier-b' }],
  ],
  exception: [
    ['TO_FETCH', 260],
    ['DELIVERING', 992],
    ['EXCEPTION', 1200, { subState: 'USER_UNREACHABLE' }],
  ],
  return: [
    ['TO_FETCH', 260],
    ['DELIVERING', 992],
    ['EXCEPTION', 1200, { subState: 'USER_REFUSED' }],
    ['RETURNING', 1300],
    ['RETURNED', 2000],
  ],
  /** Says that it has the waybill, and nothing more. */
  stall: [],
};
const SHOP = [121.47, 31.23];
const DOOR = [121.5, 31.25];

export class CourierRuns {
  #moving = new Map();

  constructor({ book, sender, scale }) {
    Object.assign(this, { book, sender, scale });
  }

  /** Fire and forget: nobody waits for a courier. */
  start(waybill, step) {
    void this.#run(waybill, step);
  }

  /** Where every courier is. */
  positions() {
    const nowMs = Date.now();
    return [...this.#moving].map(([waybillId, { courierId, beganMs, lastMs }]) => {
      const part = Math.min(1, (nowMs - beganMs) / Math.max(1, lastMs));
      return { waybillId, courierId, position: SHOP.map((at, axis) => at + (DOOR[axis] - at) * part) };
    });
  }

  async #run(waybill, step) {
    const beganMs = Date.now();
    const courierId = step.courier ?? `courier-${waybill.carrierRef}`;
    const marks = (RUNS[step.run] ?? RUNS.deliver).filter(([state]) => !step.skipped.includes(state));
    const lastMs = (marks.at(-1)?.[1] ?? 0) * SECOND_MS * this.scale;
    this.#moving.set(waybill.waybillId, { courierId, beganMs, lastMs });
    const reports = marks.map(([state, second, more = {}]) => ({
      ...{ state, courierId: second >= 260 ? courierId : null, occurredAtMs: beganMs + second * SECOND_MS },
      ...{ ...more, second },
    }));
    if (step.shuffled) await this.#tellShuffled(waybill, step, reports, lastMs);
    else await this.#tellInTurn(waybill, step, reports);
    this.#moving.delete(waybill.waybillId);
  }

  async #tellInTurn(waybill, step, reports) {
    let toldSecond = 0;
    for (const report of reports) {
      await pause((report.second - toldSecond) * SECOND_MS * this.scale);
      toldSecond = report.second;
      if (waybill.cancelled) return this.#tellCancelled(waybill, report.occurredAtMs);
      await this.#tell(waybill, step, report);
    }
  }

  /** Everything at the end, backwards: each report overtakes the one before it. */
  async #tellShuffled(waybill, step, reports, lastMs) {
    await pause(lastMs);
    for (const report of reports.toReversed()) await this.#tell(waybill, step, report);
  }

  #tellCancelled(waybill, occurredAtMs) {
    return this.sender.send(waybill, { state: 'CANCELLED', courierId: null, occurredAtMs });
  }

  async #tell(waybill, step, report) {
    const options = { unsigned: step.unsigned, oldAttempt: step.oldAttempt };
    await this.sender.send(waybill, report, options);
    if (step.twice) await this.sender.send(waybill, report, options);
  }
}
