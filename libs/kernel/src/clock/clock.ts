/** Time as a dependency: `nowMs` is wall time (epoch ms), `monotonicMs` never goes back and has no epoch. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A clock that moves only when told to; for specs and simulations. */
export class ManualClock implements Clock {
  private elapsedMs = 0;

  constructor(private wallMs: number) {}

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  advance(byMs: number): void {
    this.wallMs += byMs;
    this.elapsedMs += byMs;
  }

  /** Moves the wall clock alone, as a time correction or a drifting host does. */
  stepWall(byMs: number): void {
    this.wallMs += byMs;
  }
}
