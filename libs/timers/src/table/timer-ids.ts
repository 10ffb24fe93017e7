/**
 * Ids of timers, made without asking anyone: seconds since 2024, a writer drawn at random, a sequence. They rise with time, so that rows
 * are appended to the table and not scattered over it.
 */
import { randomInt } from 'node:crypto';

/** 2024-01-01T00:00:00Z; 31 bits of seconds last until 2092. */
const EPOCH_SECOND = 1_704_067_200;
const MS_PER_SECOND = 1_000;
/**
 * 16 bits. Two writers that drew the same number meet the primary key and lose nothing but a transaction, after which the writer draws
 * again; among eight that live at once it happens once in 2,000 installations.
 */
const WRITER_COUNT = 65_536;
/** 16 bits: more ids within a second are taken from the next one. */
const SEQUENCE_COUNT = 65_536;
const WRITERS = BigInt(WRITER_COUNT);
const SEQUENCES = BigInt(SEQUENCE_COUNT);

export class TimerIds {
  private writer = BigInt(randomInt(WRITER_COUNT));
  private second = 0;
  private sequence = 0;
  private prefix = 0n;

  next(nowMs: number): string {
    const second = Math.floor(nowMs / MS_PER_SECOND) - EPOCH_SECOND;
    if (second > this.second) this.begin(second);
    else if (this.sequence === SEQUENCE_COUNT) this.begin(this.second + 1);
    const id = this.prefix + BigInt(this.sequence);
    this.sequence += 1;
    return id.toString();
  }

  /** After a duplicate primary key: another process drew the same writer. */
  redraw(): void {
    this.writer = BigInt(randomInt(WRITER_COUNT));
    this.begin(this.second);
  }

  private begin(second: number): void {
    this.second = second;
    this.sequence = 0;
    this.prefix = (BigInt(second) * WRITERS + this.writer) * SEQUENCES;
  }
}
