/** What the index says instead of an answer. All three are passing: MySQL has the truth. */
import { type ErrorDetails, Transient } from '@ordo/kernel';

const AGAIN_MS = 1_000;

/** Redis did not answer, or not in time; what was asked may have happened. */
export class WheelUnavailable extends Transient {
  constructor(details: ErrorDetails, cause: unknown) {
    super(
      'TIMER_INDEX_UNAVAILABLE',
      'the timer index does not answer; timers fire from the database',
      AGAIN_MS,
      details,
      { cause },
    );
  }
}

/** A later owner has been here: this one has changed nothing and never will again under its epoch. */
export class WheelFenced extends Transient {
  constructor(details: ErrorDetails) {
    super('TIMER_PARTITION_FENCED', 'the partition belongs to a later epoch', AGAIN_MS, details);
  }
}

/** The partition's state is not there (an emptied or another Redis), or not yet taken under this epoch. */
export class WheelLost extends Transient {
  constructor(details: ErrorDetails) {
    super('TIMER_INDEX_LOST', 'the index of the partition is gone and will be rebuilt', AGAIN_MS, details);
  }
}
