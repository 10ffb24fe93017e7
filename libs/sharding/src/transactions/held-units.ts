/**
 * Units whose row another transaction has: a process that was frozen with a transaction open, a session of a DBA, or (the common case, and
 * over within milliseconds) another process of ours that changes the same order. They wait here, each in a transaction of its own, so that
 * neither their former neighbours nor the node's flights wait with them.
 *
 * The first few wait in the server's own queue for the row, which is fair and wakes them the moment it is free. Each needs a connection for
 * its whole wait, so those beyond them ask again at growing intervals, one after the other on one connection: a frozen process may hold a
 * hundred rows, and must not take the pool with it.
 */
import type { Clock } from '@ordo/kernel';
import type { BatchSettler } from './batch-settler.js';
import type { Ticket } from './ticket.js';

/** Of the 12 connections of a pool; reads, relays and flights need the others. */
const PLACES = 4;
/** Twice what a transaction of another process takes on a busy node. */
const FIRST_PAUSE_MS = 20;
/** Seven questions within a unit's 900 ms, so that a lock that is let go is noticed, and 100 held rows cost 800 questions per second at most. */
const LONGEST_PAUSE_MS = 160;

export class HeldUnits {
  private waiting = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly settler: BatchSettler,
    private readonly clock: Clock,
  ) {}

  /** Answers `ticket` by `deadlineMs` (monotonic): with its verdict, or with WRITE_CONTENDED when the row was not let go until then. */
  async settle(ticket: Ticket, deadlineMs: number): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.waiting < PLACES) return this.waitInPlace(ticket, deadlineMs);
      if (this.clock.monotonicMs() + pauseMs >= deadlineMs) return ticket.reject(this.settler.contended(ticket));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (await this.askAgain(ticket, deadlineMs)) return;
    }
  }

  private async waitInPlace(ticket: Ticket, deadlineMs: number): Promise<void> {
    this.waiting += 1;
    try {
      await this.settler.settle([ticket], { deadlineMs, wasHeld: true });
    } finally {
      this.waiting -= 1;
    }
  }

  /** Whether `ticket` has its answer now. */
  private askAgain(ticket: Ticket, deadlineMs: number): Promise<boolean> {
    const asked = this.turn.then(async () => {
      let isHeld = this.clock.monotonicMs() >= deadlineMs;
      const whenHeld = (): void => {
        isHeld = true;
      };
      if (!isHeld) await this.settler.settle([ticket], { deadlineMs, whenHeld, wasHeld: true });
      return !isHeld;
    });
    this.turn = asked.catch(() => undefined);
    return asked;
  }
}
