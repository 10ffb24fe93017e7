/** What an operator may say about the rooms: nothing that would let callers read what nobody writes. */
import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import { assertSwitchSafe, readChoices, switchFaults, writeChoices } from './promise-switch.rules.js';

const both = [
  { room: 'A', isComplete: true },
  { room: 'B', isComplete: true },
] as const;
const onlyA = [both[0], { room: 'B', isComplete: false }] as const;

describe('a switch', () => {
  it.each(readChoices.flatMap((readFrom) => writeChoices.map((writeTo) => [readFrom, writeTo] as const)))(
    'that reads %s and writes %s is safe only where every room that is read is written',
    (readFrom, writeTo) => {
      const read = { AUTO: ['A', 'B'], A: ['A'], B: ['B'], NONE: [] }[readFrom];
      const written = { BOTH: ['A', 'B'], A: ['A'], B: ['B'] }[writeTo];
      const isSafe = read.every((room) => written.includes(room));
      expect(switchFaults({ readFrom, writeTo }, both).length === 0).toBe(isSafe);
    },
  );

  it('to read both is refused until the full load of both has ended', () => {
    expect(switchFaults({ readFrom: 'AUTO', writeTo: 'BOTH' }, onlyA)).toEqual([
      'room B would be read, but a full load of it has not ended',
    ]);
    expect(switchFaults({ readFrom: 'AUTO', writeTo: 'BOTH' }, both)).toEqual([]);
  });

  it('to one room asks nothing of the other', () => {
    expect(switchFaults({ readFrom: 'A', writeTo: 'A' }, onlyA)).toEqual([]);
    expect(switchFaults({ readFrom: 'NONE', writeTo: 'B' }, [])).toEqual([]);
  });

  it('that is unsafe is refused with the order of steps that is safe', () => {
    const throwIt = (): void => assertSwitchSafe({ readFrom: 'AUTO', writeTo: 'A' }, both);
    expect(throwIt).toThrow(Refusal);
    expect(throwIt).toThrow(/room B would be read, but not written: write both, load in full, then read both/);
  });
});
