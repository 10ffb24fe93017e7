/**
 * The timers of one call that live on one node: few packets, one transaction. A caller that sets thousands waits for the server and not for
 * round trips: 1,000 rows a statement cost it 10 µs each, 500 cost 11, and 2,000 no less than 1,000 (MariaDB 10.11, CPU time).
 */
import type { IndexEntry } from '../slot/slot.js';
import type { TimerRequest } from './timer.rules.js';
import type { PlannedTimer } from './timer-writer.js';

const ROWS_PER_PACKET = 1_000;
/** At most 3 MB of UTF-8 with the row that passes it, below the smallest packet limit in use (MySQL 5.7: 4 MB). */
const CHARACTERS_PER_PACKET = 1_000_000;

export class TimerBulk {
  readonly requests: TimerRequest[] = [];
  readonly entries = new Map<string, IndexEntry[]>();
  private readonly packets: string[] = [];
  private rows: string[] = [];
  private characters = 0;

  add(request: TimerRequest, { insert, entry }: PlannedTimer): void {
    if (this.rows.length === ROWS_PER_PACKET || this.characters > CHARACTERS_PER_PACKET) this.endPacket();
    this.rows.push(this.rows.length === 0 ? `${insert.into} VALUES ${insert.row}` : insert.row);
    this.characters += insert.row.length;
    this.requests.push(request);
    const entries = this.entries.get(request.queue);
    if (entries === undefined) this.entries.set(request.queue, [entry]);
    else entries.push(entry);
  }

  /** Texts to be sent one after the other on one connection: they commit together, with the last one, or not at all. */
  statements(): readonly string[] {
    if (this.rows.length > 0) this.endPacket();
    const last = this.packets.length - 1;
    if (last <= 0) return this.packets;
    return this.packets.map((packet, at) => {
      if (at === 0) return `BEGIN; ${packet}`;
      return at === last ? `${packet}; COMMIT` : packet;
    });
  }

  private endPacket(): void {
    this.packets.push(this.rows.join(','));
    this.rows = [];
    this.characters = 0;
  }
}
