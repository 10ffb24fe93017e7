/** What the fan-out program is asked, and what it answers. */
export interface FanOutJob {
  readonly kind: 'house' | 'bare' | 'delayed';
  readonly queues: number;
  readonly events: number;
  readonly delaySeconds?: number;
}

export interface FanOutAnswer {
  /** Deliveries per second, from the first publish to the last acknowledgement. */
  readonly perSec: number;
  readonly elapsedMs: number;
  /** Of delayed events. */
  readonly latenessMs: readonly number[];
}
