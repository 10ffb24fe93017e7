/** The wheel of one queue in Redis: each method is one script, sent with the rest of its event-loop turn in one pipeline. */
import { InvariantViolation, OrdoError } from '@ordo/kernel';
import type { SlotEntry } from '../slot/slot.js';
import type { TimersRedis } from './timers-redis.js';
import { WheelFenced, WheelLost, WheelUnavailable } from './wheel.errors.js';
import type { AddOutcome, ClaimOutcome, ClaimRequest, Owner, WheelIndex, WheelState } from './wheel-index.js';
import { assertQueueName, batchPrefix, WheelKeys } from './wheel-keys.js';
import type { WheelScript } from './wheel-scripts.js';

/** Ids, and so keys, of one call: some 0.2 ms of the server's time. */
const IDS_PER_CALL = 500;
/** Slots that one claim looks at: an idle minute is crossed in one call. */
const SLOTS_PER_CLAIM = 64;
/** Abandoned batches of one call; the next tick takes the rest. */
const BATCHES_PER_LOOK = 64;

/** The first word of a Redis error is its code; these mean that a script is wrong, all others that the server is. */
const BUG_CODES = /^(CROSSSLOT|WRONGTYPE|ERR)\b/;

type Argument = string | number;
type Call = (keyCount: number, ...keysAndArguments: Argument[]) => Promise<readonly unknown[]>;

export class RedisWheel implements WheelIndex {
  private readonly keys = new Map<number, WheelKeys>();

  constructor(
    private readonly redis: TimersRedis,
    private readonly queue: string,
  ) {
    assertQueueName(queue);
  }

  add(partition: number, entries: readonly SlotEntry[]): Promise<AddOutcome> {
    return this.place('timerAdd', partition, entries, [], []);
  }

  async remove(partition: number, entry: SlotEntry): Promise<void> {
    await this.call('timerRemove', partition, [this.keysOf(partition).slot(entry.slot)], [entry.id]);
  }

  async move(partition: number, entry: SlotEntry, toSlot: number): Promise<AddOutcome> {
    const keys = this.keysOf(partition);
    const [, cursor, passed] = await this.call(
      'timerMove',
      partition,
      [keys.state, keys.slot(entry.slot), keys.slot(toSlot)],
      [entry.id, toSlot],
    );
    return { cursor: Number(cursor), passed: textsOf(passed).map((id) => ({ id, slot: toSlot })) };
  }

  async adopt({ partition, epoch }: Owner): Promise<WheelState | undefined> {
    const answer = await this.call('timerAdopt', partition, [this.keysOf(partition).state], [epoch]);
    return answer[0] === 'none' ? undefined : stateOf(answer);
  }

  async open({ partition, epoch }: Owner, horizonSeconds: number): Promise<WheelState> {
    return stateOf(await this.call('timerOpen', partition, [this.keysOf(partition).state], [epoch, horizonSeconds]));
  }

  async finish({ partition, epoch }: Owner, generation: string): Promise<void> {
    await this.call('timerFinish', partition, [this.keysOf(partition).state], [epoch, generation]);
  }

  async raise({ partition, epoch }: Owner, horizon: number): Promise<void> {
    await this.call('timerRaise', partition, [this.keysOf(partition).state], [epoch, horizon]);
  }

  load({ partition, epoch }: Owner, entries: readonly SlotEntry[]): Promise<AddOutcome> {
    return this.place('timerLoad', partition, entries, [], [epoch]);
  }

  async markFed({ partition, epoch }: Owner, slot: number): Promise<void> {
    await this.call('timerMarkFed', partition, [this.keysOf(partition).state], [epoch, slot]);
  }

  async claim({ partition, epoch }: Owner, request: ClaimRequest): Promise<ClaimOutcome> {
    const { batch, fromSlot, untilSlot, limit, leaseMs } = request;
    const keys = this.keysOf(partition);
    const slots = Array.from({ length: Math.min(Math.max(untilSlot - fromSlot + 1, 1), SLOTS_PER_CLAIM) }, (_, index) =>
      keys.slot(fromSlot + index),
    );
    const [, ids, slot, cursor, nowMs] = await this.call(
      'timerClaim',
      partition,
      [keys.state, keys.leases, keys.batch(batch), ...slots],
      [epoch, batch, fromSlot, untilSlot, limit, leaseMs],
    );
    return { ids: textsOf(ids), slot: Number(slot), cursor: Number(cursor), nowMs: Number(nowMs) };
  }

  async ack({ partition, epoch }: Owner, batch: string): Promise<void> {
    const keys = this.keysOf(partition);
    await this.call('timerAck', partition, [keys.state, keys.leases, keys.batch(batch)], [epoch, batch]);
  }

  nack({ partition, epoch }: Owner, batch: string, entries: readonly SlotEntry[]): Promise<AddOutcome> {
    const keys = this.keysOf(partition);
    return this.place('timerNack', partition, entries, [keys.leases, keys.batch(batch)], [epoch, batch]);
  }

  async extend({ partition, epoch }: Owner, batch: string, leaseMs: number): Promise<void> {
    const keys = this.keysOf(partition);
    await this.call('timerExtend', partition, [keys.state, keys.leases], [epoch, batch, leaseMs]);
  }

  async abandoned({ partition, epoch }: Owner): Promise<readonly string[]> {
    const keys = this.keysOf(partition);
    const args = [epoch, batchPrefix(epoch), BATCHES_PER_LOOK];
    const [, batches] = await this.call('timerAbandoned', partition, [keys.state, keys.leases], args);
    return textsOf(batches);
  }

  async reap(
    { partition, epoch }: Owner,
    abandoned: string,
    { batch, leaseMs }: { readonly batch: string; readonly leaseMs: number },
  ): Promise<readonly string[]> {
    const keys = this.keysOf(partition);
    const [, ids] = await this.call(
      'timerReap',
      partition,
      [keys.state, keys.leases, keys.batch(abandoned), keys.batch(batch)],
      [epoch, abandoned, batch, leaseMs],
    );
    return textsOf(ids);
  }

  /** Entries into slots, in calls of bounded size; all calls leave in the same turn. */
  private async place(
    script: WheelScript,
    partition: number,
    entries: readonly SlotEntry[],
    moreKeys: readonly string[],
    lead: readonly Argument[],
  ): Promise<AddOutcome> {
    const keys = this.keysOf(partition);
    const calls = [];
    for (let start = 0; start < entries.length; start += IDS_PER_CALL) {
      const chunk = entries.slice(start, start + IDS_PER_CALL);
      const { slots, groups } = grouped(chunk);
      const slotKeys = slots.map((slot) => keys.slot(slot));
      calls.push(
        this.call(script, partition, [keys.state, ...moreKeys, ...slotKeys], [...lead, ...groups]).then((answer) => ({
          cursor: Number(answer[1]),
          passed: passedOf(answer[2], chunk),
        })),
      );
    }
    const outcomes = await Promise.all(calls);
    return {
      cursor: Math.max(0, ...outcomes.map(({ cursor }) => cursor)),
      passed: outcomes.flatMap(({ passed }) => passed),
    };
  }

  private async call(
    script: WheelScript,
    partition: number,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<readonly unknown[]> {
    const facts = { queue: this.queue, partition, script };
    let answer: readonly unknown[];
    try {
      const commands = this.redis as unknown as Record<WheelScript, Call>;
      answer = await commands[script](keys.length, ...keys, ...args);
    } catch (error) {
      throw explained(error, facts);
    }
    if (answer[0] === 'fenced') throw new WheelFenced(facts);
    if (answer[0] === 'lost') throw new WheelLost(facts);
    return answer;
  }

  private keysOf(partition: number): WheelKeys {
    let keys = this.keys.get(partition);
    if (keys === undefined) {
      keys = new WheelKeys(this.queue, partition);
      this.keys.set(partition, keys);
    }
    return keys;
  }
}

/** A script that the server refuses to run as written is a bug; everything else is a server that is away, busy, full or moving. */
function explained(error: unknown, facts: Readonly<Record<string, unknown>>): OrdoError {
  if (error instanceof OrdoError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (BUG_CODES.test(text)) {
    return new InvariantViolation('Redis refused a script of the wheel', facts, { cause: error });
  }
  return new WheelUnavailable(facts, error);
}

function grouped(entries: readonly SlotEntry[]): { slots: number[]; groups: Argument[] } {
  const bySlot = new Map<number, string[]>();
  for (const { id, slot } of entries) {
    const ids = bySlot.get(slot);
    if (ids === undefined) bySlot.set(slot, [id]);
    else ids.push(id);
  }
  const groups: Argument[] = [];
  for (const [slot, ids] of bySlot) groups.push(slot, ids.length, ...ids);
  return { slots: [...bySlot.keys()], groups };
}

function passedOf(passed: unknown, chunk: readonly SlotEntry[]): SlotEntry[] {
  const ids = new Set(textsOf(passed));
  return ids.size === 0 ? [] : chunk.filter(({ id }) => ids.has(id));
}

const textsOf = (values: unknown): string[] => (values as readonly unknown[]).map(String);

const stateOf = ([, cursor, horizon, fed, isBuilt, nowMs]: readonly unknown[]): WheelState => ({
  cursor: Number(cursor),
  horizon: Number(horizon),
  fed: Number(fed),
  isBuilt: Number(isBuilt) === 1,
  nowMs: Number(nowMs),
});
