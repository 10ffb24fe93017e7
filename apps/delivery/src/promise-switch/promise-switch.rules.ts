/**
 * What the operator may say about the two rooms. Pure. A switch that would let callers read what nobody writes is refused, because it looks
 * healthy and answers with yesterday's lanes; the way back from one room is always: write both, full load, read both.
 */
import { refuse } from '@ordo/contracts';

export const ReadFrom = {
  /** Each process its own room first, then the other. */
  AUTO: 'AUTO',
  A: 'A',
  B: 'B',
  /** No room: every answer is the marked fallback. For lanes that are known to be wrong. */
  NONE: 'NONE',
} as const;
export type ReadFrom = (typeof ReadFrom)[keyof typeof ReadFrom];

export const WriteTo = { BOTH: 'BOTH', A: 'A', B: 'B' } as const;
export type WriteTo = (typeof WriteTo)[keyof typeof WriteTo];

export const readChoices: readonly ReadFrom[] = Object.values(ReadFrom);
export const writeChoices: readonly WriteTo[] = Object.values(WriteTo);

export interface PromiseSwitch {
  /** Rises with every change: what an instance acknowledges. */
  readonly version: number;
  readonly readFrom: ReadFrom;
  readonly writeTo: WriteTo;
}

/** What holds before the operator ever said anything. */
export const untouchedSwitch: PromiseSwitch = { version: 0, readFrom: ReadFrom.AUTO, writeTo: WriteTo.BOTH };

/** Whether the loaders may write to `room`. */
export const isWritten = (room: 'A' | 'B', writeTo: WriteTo): boolean => writeTo === WriteTo.BOTH || writeTo === room;
const readRooms = (readFrom: ReadFrom): readonly ('A' | 'B')[] =>
  readFrom === ReadFrom.AUTO ? ['A', 'B'] : readFrom === ReadFrom.NONE ? [] : [readFrom];

export interface RoomCompleteness {
  readonly room: 'A' | 'B';
  /** A full load ended in it, and nothing is owed to it since that only another could give. */
  readonly isComplete: boolean;
}

/** Why `next` must not be thrown; empty where it may. */
export function switchFaults(next: Omit<PromiseSwitch, 'version'>, known: readonly RoomCompleteness[]): string[] {
  return readRooms(next.readFrom).flatMap((room) => {
    if (!isWritten(room, next.writeTo)) return [`room ${room} would be read, but not written`];
    const isComplete = known.some((each) => each.room === room && each.isComplete);
    return isComplete ? [] : [`room ${room} would be read, but a full load of it has not ended`];
  });
}

/** @throws Refusal PROMISE_SWITCH_UNSAFE (409) naming every fault and the safe order of steps. */
export function assertSwitchSafe(next: Omit<PromiseSwitch, 'version'>, known: readonly RoomCompleteness[]): void {
  const faults = switchFaults(next, known);
  if (faults.length === 0) return;
  throw refuse('PROMISE_SWITCH_UNSAFE', `${faults.join('; ')}: write both, load in full, then read both`, { faults });
}
