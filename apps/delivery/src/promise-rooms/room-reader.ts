/**
 * Reads lanes from the rooms: the caller's own, once more, then the other (DESIGN §9), or the one that the operator forces. Never the
 * database. Guarantee: a lane that any room can give is given, within three command timeouts; undefined means that none could.
 */
import { ReadFrom } from '../promise-switch/promise-switch.rules.js';
import { laneKey, otherRoom, type PromiseRoom, Room } from './promise-room.js';

export interface LaneReading {
  readonly cards: readonly (string | null)[];
  readonly room: Room;
}

export interface ReadRecorder {
  /** `outcome`: `own`, `retry`, `other`, or `none` where no room answered. */
  lanesRead(room: Room | null, outcome: string): void;
}

export interface RoomReaderOptions {
  /** The room that this process stands in. */
  readonly home: Room;
  /** What the operator says; asked for every read. */
  readonly readFrom: () => ReadFrom;
  readonly recorder?: ReadRecorder;
}

export class RoomReader {
  constructor(
    private readonly rooms: Readonly<Record<Room, PromiseRoom>>,
    private readonly options: RoomReaderOptions,
  ) {}

  /** The cards of `lanes` (names), null where there is no such lane. Never throws. */
  async read(lanes: readonly string[]): Promise<LaneReading | undefined> {
    const keys = lanes.map(laneKey);
    const { home, recorder } = this.options;
    for (const room of this.route()) {
      for (const attempt of ['own', 'retry'] as const) {
        const cards = await room.read(keys);
        if (cards !== undefined) {
          recorder?.lanesRead(room.name, room.name === home ? attempt : 'other');
          return { cards, room: room.name };
        }
        if (!room.isTrusted) break;
      }
    }
    recorder?.lanesRead(null, 'none');
    return undefined;
  }

  /** Rooms in the order in which they are asked; one that is known to be away costs nobody anything, unless there is no better. */
  private route(): PromiseRoom[] {
    const allowed = this.allowed().map((room) => this.rooms[room]);
    const trusted = allowed.filter((room) => room.isTrusted);
    return trusted.length > 0 ? trusted : allowed.filter((room) => room.isAnswering);
  }

  private allowed(): readonly Room[] {
    const readFrom = this.options.readFrom();
    if (readFrom === ReadFrom.NONE) return [];
    if (readFrom === ReadFrom.A) return [Room.A];
    if (readFrom === ReadFrom.B) return [Room.B];
    return [this.options.home, otherRoom(this.options.home)];
  }
}
