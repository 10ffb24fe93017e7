/**
 * When would it arrive? Guarantee: an answer within three command timeouts of a room, whatever is away; what no room could say is marked
 * `degraded`, and cannot be frozen on an order. Never the database.
 */
import { refuse, refuseViolations } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { shape } from '@ordo/platform';
import { cityOf, laneName } from '../promise-lanes/lane.js';
import type { MinuteOfDay } from '../promise-lanes/minute-of-day.js';
import { fallbackPromise, type Promised, PromiseOutcome, promiseOf } from '../promise-lanes/promise.rules.js';
import type { Room } from '../promise-rooms/promise-room.js';
import type { RoomReader } from '../promise-rooms/room-reader.js';
import { currentTiersOf } from '../punctuality-rules/late-tiers.js';
import { PromiseRequestDto, type WantedPromiseDto } from './promise.dto.js';
import type { PromiseTokens } from './promise-token.js';

export interface GivenPromise {
  readonly outcome: PromiseOutcome;
  readonly promisedAt: string | null;
  readonly durationMinutes: number | null;
  readonly laneVersion: number | null;
  readonly token: string | null;
}

export interface PromiseAnswer {
  /** In the order of the requests. */
  readonly promises: readonly GivenPromise[];
  readonly degraded: boolean;
  readonly room: Room | null;
}

/** An order of tomorrow's lunch is promised by tomorrow's band; beyond, lanes may have changed. */
const MAX_AHEAD_MS = 7 * 86_400_000;
const MAX_BEHIND_MS = 86_400_000;

export class PromiseDesk {
  constructor(
    private readonly reader: RoomReader,
    private readonly tokens: PromiseTokens,
    private readonly minutes: MinuteOfDay,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal INVALID_ARGUMENT; LANE_NOT_FOUND (404) when the rooms know none of the lanes. */
  async promise(body: unknown): Promise<PromiseAnswer> {
    const { requests } = shape(PromiseRequestDto, body);
    const nowMs = this.clock.nowMs();
    const times = requests.map(({ orderAt }, at) => (orderAt === undefined ? nowMs : orderAtOf(orderAt, nowMs, at)));
    const lanes = requests.map(laneName);
    const reading = await this.reader.read(lanes);
    if (reading === undefined) {
      const promises = requests.map(({ serviceProduct }, at) =>
        answerOf(fallbackPromise(serviceProduct, times[at] ?? nowMs), null),
      );
      return { promises, degraded: true, room: null };
    }
    const promises = requests.map((request, at) => {
      const orderAtMs = times[at] ?? nowMs;
      const promised = promiseOf(reading.cards[at] ?? null, orderAtMs, this.minutes.of(orderAtMs));
      return answerOf(promised, this.tokenOf(request, promised));
    });
    if (promises.every(({ outcome }) => outcome === PromiseOutcome.NO_LANE)) {
      throw refuse('LANE_NOT_FOUND', `no lane ${lanes[0]} runs then`, { lanes: lanes.slice(0, 10) });
    }
    return { promises, degraded: false, room: reading.room };
  }

  private tokenOf(request: WantedPromiseDto, { promisedAtMs, laneVersion }: Promised): string | null {
    const { freezeFor: bizType, originArea } = request;
    if (bizType === undefined || promisedAtMs === null || laneVersion === null) return null;
    const city = cityOf(originArea);
    const tiers = currentTiersOf(bizType, city);
    const rules = { tierVersion: tiers?.version ?? null, tierCity: tiers?.city ?? null };
    return this.tokens.make({ promisedAtMs, bizType, city, ...rules, lane: laneName(request), laneVersion });
  }
}

const answerOf = (
  { outcome, promisedAtMs, durationMinutes, laneVersion }: Promised,
  token: string | null,
): GivenPromise => ({
  outcome,
  promisedAt: promisedAtMs === null ? null : new Date(promisedAtMs).toISOString(),
  durationMinutes,
  laneVersion,
  token,
});

function orderAtOf(text: string, nowMs: number, at: number): number {
  const orderAtMs = Date.parse(text);
  if (orderAtMs >= nowMs - MAX_BEHIND_MS && orderAtMs <= nowMs + MAX_AHEAD_MS) return orderAtMs;
  const message = 'must lie between a day ago and a week from now';
  throw refuseViolations([{ field: `requests[${at}].orderAt`, rule: 'range', message }]);
}
