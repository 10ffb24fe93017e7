/**
 * Reads of a row or two that are asked for in one turn of the event loop leave as one packet per node: the timers of a second come due
 * together, and each begins with such a read. Whoever asks in a packet shares its fate, so nothing is written here and nothing long read.
 */
import type { NodePools } from './node-pools.js';

/** A packet that takes no longer than a read is expected to take. */
const MAX_STATEMENTS = 64;

interface Asked {
  readonly statements: readonly string[];
  readonly resolve: (results: readonly unknown[]) => void;
  readonly reject: (reason: unknown) => void;
}

export class JoinedReads {
  private readonly asked = new Map<number, Asked[]>();

  constructor(private readonly pools: Pick<NodePools, 'at'>) {}

  /** The result of each statement, in order. Nobody joins a packet that has left: what is read was committed before it was, or later. */
  read(node: number, statements: readonly string[]): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      const asked = this.asked.get(node) ?? this.begin(node);
      asked.push({ statements, resolve, reject });
    });
  }

  private begin(node: number): Asked[] {
    const asked: Asked[] = [];
    this.asked.set(node, asked);
    setImmediate(() => {
      this.asked.delete(node);
      for (const packet of inPackets(asked)) void this.send(node, packet);
    });
    return asked;
  }

  private async send(node: number, packet: readonly Asked[]): Promise<void> {
    const statements = packet.flatMap((each) => each.statements);
    try {
      const results = await this.pools.at(node).query<unknown[]>(statements.join(';'));
      // Of a single statement the driver answers the rows themselves.
      const all = statements.length === 1 ? [results] : results;
      let from = 0;
      for (const { statements: own, resolve } of packet) {
        resolve(all.slice(from, from + own.length));
        from += own.length;
      }
    } catch (error) {
      for (const { reject } of packet) reject(error);
    }
  }
}

function inPackets(asked: readonly Asked[]): readonly (readonly Asked[])[] {
  const packets: Asked[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const each of asked) {
    if (size + each.statements.length > MAX_STATEMENTS) {
      packets.push([]);
      size = 0;
    }
    packets.at(-1)?.push(each);
    size += each.statements.length;
  }
  return packets;
}
