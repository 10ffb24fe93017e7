/**
 * The operator's switch as this process obeys it: looked at twice a second beside all work, never in the path of a read, and acknowledged
 * as soon as it is obeyed, so that an operator sees who has heard. While the database is away the last known switch holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PromiseInstance, PromiseSwitchRepository } from './promise-switch.repository.js';
import { type PromiseSwitch, untouchedSwitch } from './promise-switch.rules.js';

/** Two looks and a statement fit into the two seconds within which a switch has to hold everywhere. */
const LOOK_EVERY_MS = 500;
const DEADLINE_MS = 450;
/** A sign of life, also without a change. */
const ACKNOWLEDGE_EVERY_MS = 2_000;

export interface SwitchWatchOptions {
  readonly self: Pick<PromiseInstance, 'instance' | 'roles' | 'homeRoom'>;
  /** What is told about the rooms with each sign of life. */
  readonly rooms: () => string;
  readonly onChange?: (obeyed: PromiseSwitch) => void;
  readonly onFailed?: (error: unknown) => void;
}

export class SwitchWatch {
  private obeyed = untouchedSwitch;
  private acknowledgedAtMs = Number.NEGATIVE_INFINITY;
  private readonly stopping = new AbortController();
  private watching: Promise<void> | undefined;

  constructor(
    private readonly repository: PromiseSwitchRepository,
    private readonly options: SwitchWatchOptions,
  ) {}

  get current(): PromiseSwitch {
    return this.obeyed;
  }

  /** Resolves after the first look, whatever its outcome. */
  async start(): Promise<void> {
    await this.look();
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.repository.forget(this.options.self.instance).catch(() => undefined);
  }

  /** Never throws. */
  async look(): Promise<void> {
    try {
      const found = await this.repository.read(DEADLINE_MS);
      const isNew = found.version !== this.obeyed.version;
      this.obeyed = found;
      if (isNew) this.options.onChange?.(found);
      const nowMs = performance.now();
      if (!isNew && nowMs - this.acknowledgedAtMs < ACKNOWLEDGE_EVERY_MS) return;
      const { self, rooms } = this.options;
      await this.repository.acknowledge({ ...self, switchVersion: found.version, rooms: rooms() }, DEADLINE_MS);
      this.acknowledgedAtMs = nowMs;
    } catch (error) {
      // A switch that was not acknowledged is acknowledged at the next look.
      this.acknowledgedAtMs = Number.NEGATIVE_INFINITY;
      this.options.onFailed?.(error);
    }
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.look();
    }
  }
}
