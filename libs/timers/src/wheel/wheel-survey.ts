/**
 * The index as an operator sees it: how far each partition is, how much waits in it, and where one timer is. Reads only, and takes no
 * epoch, so that looking never stands in an owner's way. Throws a Transient when Redis does not answer.
 */
import type { SlotEntry } from '../slot/slot.js';
import type { TimersRedis } from './timers-redis.js';
import { WheelUnavailable } from './wheel.errors.js';
import { assertQueueName, WheelKeys } from './wheel-keys.js';

export interface PartitionSurvey {
  readonly partition: number;
  /** Of the owner that was there last. */
  readonly epoch: number;
  /** Everything up to this slot has been claimed. */
  readonly cursor: number;
  /** Everything up to this slot is loaded. */
  readonly fed: number;
  readonly horizon: number;
  /** false: its overdue timers are being loaded. */
  readonly isBuilt: boolean;
  /** Redis's clock. */
  readonly nowMs: number;
  /** Entries in slots. */
  readonly waiting: number;
  /** Entries that an owner has claimed and not yet acknowledged. */
  readonly claimed: number;
}

/** Where the index has a timer, or why it has not. */
export const IndexPlace = {
  SLOT: 'slot',
  BATCH: 'batch',
  /** Not loaded yet: it is due behind what the feeder has read. */
  BEYOND: 'beyond',
  /** Neither: it has just fired, or the sweeper will find it. */
  ABSENT: 'absent',
  /** The partition has no index: nobody has owned it since Redis was emptied. */
  NONE: 'none',
} as const;
export type IndexPlace = (typeof IndexPlace)[keyof typeof IndexPlace];

interface View {
  readonly survey: Omit<PartitionSurvey, 'waiting' | 'claimed'>;
  readonly keys: WheelKeys;
  readonly batches: readonly string[];
}

/** Slots of one EXISTS: an empty horizon of two hours is crossed in 29 calls of some 20 µs. */
const SLOTS_PER_CALL = 256;

type Call = (keyCount: number, ...keys: string[]) => Promise<readonly unknown[]>;

export class WheelSurvey {
  constructor(
    private readonly redis: TimersRedis,
    private readonly queue: string,
  ) {
    assertQueueName(queue);
  }

  /** undefined: the partition has no index. Counts every entry; some ms for a partition of thousands of filled seconds. */
  async partition(partition: number): Promise<PartitionSurvey | undefined> {
    const view = await this.look(partition);
    if (view === undefined) return undefined;
    const { survey, keys, batches } = view;
    const slots = Array.from({ length: Math.max(0, survey.horizon - survey.cursor) }, (_, at) =>
      keys.slot(survey.cursor + 1 + at),
    );
    const chunks = Array.from({ length: Math.ceil(slots.length / SLOTS_PER_CALL) }, (_, at) =>
      slots.slice(at * SLOTS_PER_CALL, (at + 1) * SLOTS_PER_CALL),
    );
    const [waiting, claimed] = await this.ask(partition, () =>
      Promise.all([
        Promise.all(chunks.map((chunk) => this.countFilled(chunk))),
        this.count(batches.map((batch) => keys.batch(batch))),
      ]),
    );
    return { ...survey, waiting: sumOf(waiting), claimed };
  }

  async find(partition: number, { id, slot }: SlotEntry): Promise<IndexPlace> {
    const view = await this.look(partition);
    if (view === undefined) return IndexPlace.NONE;
    const { survey, keys, batches } = view;
    // What was late when it came stands right behind the cursor, and not in its own slot.
    const slots = [slot, survey.cursor + 1, survey.cursor + 2].map((each) => keys.slot(each));
    const isIn = (names: readonly string[]): Promise<boolean> =>
      this.ask(partition, async () => {
        const found = await Promise.all(names.map((name) => this.redis.sismember(name, id)));
        return found.includes(1);
      });
    if (await isIn(slots)) return IndexPlace.SLOT;
    if (await isIn(batches.map((batch) => keys.batch(batch)))) return IndexPlace.BATCH;
    return slot > survey.fed ? IndexPlace.BEYOND : IndexPlace.ABSENT;
  }

  private async look(partition: number): Promise<View | undefined> {
    const keys = new WheelKeys(this.queue, partition);
    const { timerSurvey } = this.redis as unknown as { timerSurvey: Call };
    const answer = await this.ask(partition, () => timerSurvey.call(this.redis, 2, keys.state, keys.leases));
    if (answer[0] === 'none') return undefined;
    const [epoch = 0, cursor = 0, horizon = 0, fed = 0, built, nowMs = 0] = answer.slice(1, 7).map(Number);
    return {
      survey: { partition, epoch, cursor, horizon, fed, isBuilt: built === 1, nowMs },
      keys,
      batches: (answer[7] as readonly unknown[]).map(String),
    };
  }

  private async countFilled(keys: readonly string[]): Promise<number> {
    return (await this.redis.exists(...keys)) === 0 ? 0 : this.count(keys);
  }

  private async count(keys: readonly string[]): Promise<number> {
    return sumOf(await Promise.all(keys.map((key) => this.redis.scard(key))));
  }

  private async ask<T>(partition: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new WheelUnavailable({ queue: this.queue, partition, script: 'timerSurvey' }, error);
    }
  }
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
