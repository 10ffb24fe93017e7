/**
 * What maintainers and operators ask of lanes and rooms. Everything here writes down what is wanted, in the database; the keeper does it. So a
 * request is done once it is written, whatever dies afterwards, and `status` says how far it came.
 */
import { refuseViolations, type Violation } from '@ordo/contracts';
import { type Clock, invariant } from '@ordo/kernel';
import { type CallContext, shape } from '@ordo/platform';
import { bandFaults, type LaneBand, laneName, laneOfName } from '../promise-lanes/lane.js';
import { type Room, rooms } from '../promise-rooms/promise-room.js';
import type { PromiseSwitchRepository, SeenInstance } from '../promise-switch/promise-switch.repository.js';
import { assertSwitchSafe, type PromiseSwitch } from '../promise-switch/promise-switch.rules.js';
import {
  type LaneBandDto,
  type LaneDto,
  LoadMode,
  LoadRoomsDto,
  PromiseSwitchDto,
  ReplaceLanesDto,
} from './lane.dto.js';
import type { LaneChange, LaneRepository } from './lane.repository.js';
import type { LaneDebtRepository } from './lane-debt.repository.js';
import { FullLoadCause, type PromiseRoomRepository, type RoomState } from './promise-room.repository.js';

export interface ReplacedLane {
  readonly lane: string;
  readonly version: number;
  readonly hours: number;
}

export interface RoomReport {
  readonly room: Room;
  /** A full load ended in it, and nothing is owed since that only another could give. */
  readonly isComplete: boolean;
  readonly loadedAt: string | null;
  readonly loadedLanes: number;
  readonly owesFullBecause: FullLoadCause | null;
  readonly debts: number;
  readonly oldestDebtAt: string | null;
}

export interface InstanceReport {
  readonly instance: string;
  readonly roles: string;
  readonly homeRoom: string;
  readonly switchVersion: number;
  readonly rooms: string;
  readonly seenAt: string;
}

export interface PromiseStatus {
  readonly switch: PromiseSwitch;
  /** Every instance that lives obeys the switch. */
  readonly isObeyed: boolean;
  readonly rooms: readonly RoomReport[];
  readonly instances: readonly InstanceReport[];
}

export class LaneDesk {
  constructor(
    private readonly lanes: LaneRepository,
    private readonly debts: LaneDebtRepository,
    private readonly states: PromiseRoomRepository,
    private readonly switches: PromiseSwitchRepository,
    private readonly clock: Clock,
  ) {}

  async replaceLanes(body: unknown): Promise<{ readonly lanes: readonly ReplacedLane[] }> {
    const { lanes } = shape(ReplaceLanesDto, body);
    const changes = lanes.map(changeOf);
    assertChanges(changes);
    const cards = await this.lanes.replace(changes);
    return { lanes: cards.map(({ lane, version, bands }) => ({ lane, version, hours: bands.length })) };
  }

  async load(body: unknown): Promise<PromiseStatus> {
    const { mode, room, lanes } = shape(LoadRoomsDto, body);
    const into = room === undefined ? rooms : [room];
    if ((mode === LoadMode.NAMED) !== (lanes !== undefined)) {
      throw refuseViolations([{ field: 'lanes', rule: 'mode', message: 'belongs to the mode NAMED, and to no other' }]);
    }
    if (mode === LoadMode.FULL) await this.states.oweFull(into, FullLoadCause.ASKED, this.clock.nowMs());
    if (mode === LoadMode.CHANGES) await Promise.all(into.map((each) => this.debts.hurry(each)));
    if (lanes !== undefined) await this.debts.owe(into, lanes.map(namedLane), 0, this.clock.nowMs());
    return this.status();
  }

  /** @throws Refusal PROMISE_SWITCH_UNSAFE (409) where callers would read what nobody writes. */
  async change(body: unknown, { caller }: CallContext): Promise<PromiseStatus> {
    const { readFrom, writeTo, reason = null } = shape(PromiseSwitchDto, body);
    const known = await this.states.read();
    assertSwitchSafe(
      { readFrom, writeTo },
      known.map((state) => ({ room: state.room, isComplete: isComplete(state) })),
    );
    await this.switches.change({ readFrom, writeTo, reason, changedBy: caller.subject });
    return this.status();
  }

  async status(): Promise<PromiseStatus> {
    const [obeyed, states, instances] = await Promise.all([
      this.switches.read(),
      this.states.read(),
      this.switches.instances(),
    ]);
    const reports = await Promise.all(states.map((state) => this.reportOf(state)));
    return {
      switch: obeyed,
      isObeyed: instances.every(({ switchVersion }) => switchVersion === obeyed.version),
      rooms: reports,
      instances: instances.map(instanceReport),
    };
  }

  private async reportOf(state: RoomState): Promise<RoomReport> {
    const { debts, oldestMs } = await this.debts.depth(state.room);
    return {
      room: state.room,
      isComplete: isComplete(state),
      loadedAt: instantOf(state.loadedAtMs),
      loadedLanes: state.loadedLanes,
      owesFullBecause: state.owesFullWhy,
      debts,
      oldestDebtAt: instantOf(oldestMs),
    };
  }
}

const isComplete = ({ generation, owesFullSinceMs }: RoomState): boolean =>
  generation !== null && owesFullSinceMs === null;
const instantOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const instanceReport = ({ seenAtMs, ...instance }: SeenInstance): InstanceReport => {
  const seenAt = instantOf(seenAtMs);
  invariant(seenAt !== null, 'an instance was seen at some time');
  return { ...instance, seenAt };
};

const bandOfDto = ({ hour, durationMinutes, cutOffMinute }: LaneBandDto): LaneBand => ({
  ...{ hour, durationMinutes, cutOffMinute: cutOffMinute ?? null },
});
const changeOf = (lane: LaneDto): LaneChange => ({ lane: laneName(lane), bands: lane.bands.map(bandOfDto) });

function assertChanges(changes: readonly LaneChange[]): void {
  const violations: Violation[] = changes.flatMap(({ lane, bands }, at) => {
    const isRepeat = changes.findIndex((each) => each.lane === lane) < at;
    const repeat = { field: `lanes[${at}]`, rule: 'unique', message: 'stands twice' };
    return [...(isRepeat ? [repeat] : []), ...bandFaults(bands, `lanes[${at}].bands`)];
  });
  if (violations.length > 0) throw refuseViolations(violations);
}

function namedLane({ lane }: { readonly lane: string }, at: number): string {
  if (laneOfName(lane) !== undefined) return lane;
  const message = 'must be origin area|destination area|service product';
  throw refuseViolations([{ field: `lanes[${at}].lane`, rule: 'laneName', message }]);
}
