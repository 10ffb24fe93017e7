/** The judgement over a room, in simulated time: quick to leave, slow to come back, slower with every relapse. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { RoomCircuit } from './room-circuit.js';

const HEARTBEAT_MS = 200;

let clock: ManualClock;
let changes: string[];
let circuit: RoomCircuit;

beforeEach(() => {
  clock = new ManualClock(0);
  changes = [];
  circuit = new RoomCircuit(clock, (trusted, reason) => changes.push(`${trusted ? 'used' : 'left'} ${reason}`));
});

/** Heartbeats for as long; answers how many of them found the room trusted. */
const beat = (forMs: number, answers: boolean): number => {
  let trusted = 0;
  for (let atMs = 0; atMs < forMs; atMs += HEARTBEAT_MS) {
    clock.advance(HEARTBEAT_MS);
    if (answers) circuit.succeeded();
    else circuit.failed();
    trusted += circuit.isTrusted ? 1 : 0;
  }
  return trusted;
};

describe('a room', () => {
  it('is used from its first answer on', () => {
    expect(circuit.isTrusted).toBe(false);
    circuit.succeeded();
    expect([circuit.isTrusted, changes]).toEqual([true, ['used answers']]);
  });

  it('is left alone after three failures in a row, and not after three with an answer between', () => {
    circuit.succeeded();
    circuit.failed();
    circuit.failed();
    circuit.succeeded();
    circuit.failed();
    circuit.failed();
    expect(circuit.isTrusted).toBe(true);
    circuit.failed();
    expect(changes.at(-1)).toBe('left FAILING');
  });

  it('that is frozen without any caller is noticed by its heartbeats within a second', () => {
    circuit.succeeded();
    expect(beat(1_000, false)).toBeLessThan(3);
  });

  it('that lost its connection or its lanes is left at once', () => {
    circuit.succeeded();
    circuit.lost('EMPTY');
    expect([circuit.isTrusted, circuit.isAnswering]).toEqual([false, false]);
  });

  it('comes back after a second of answers, and one failure begins the second anew', () => {
    circuit.succeeded();
    circuit.lost('CLOSED');
    beat(800, true);
    circuit.failed();
    expect(beat(1_000, true)).toBe(0);
    expect(circuit.isAnswering).toBe(true);
    expect(beat(400, true)).toBeGreaterThan(0);
  });
});

describe('a room that comes and goes each second', () => {
  it('is used twice in the first minute and then not any more', () => {
    circuit.succeeded();
    for (let second = 0; second < 60; second += 1) beat(1_000, second % 2 === 0);
    expect(changes.filter((change) => change.startsWith('left')).length).toBeLessThanOrEqual(2);
    expect(circuit.isTrusted).toBe(false);
  });

  it('is used again once it has been calm, and begins with the short hold after a calm minute', () => {
    circuit.succeeded();
    for (let round = 0; round < 8; round += 1) {
      circuit.lost('CLOSED');
      beat(20_000, true);
    }
    expect(circuit.isTrusted).toBe(true);
    beat(61_000, true);
    circuit.lost('CLOSED');
    expect(beat(1_400, true)).toBeGreaterThan(0);
  });

  it('never waits longer than a quarter of a minute of calm', () => {
    circuit.succeeded();
    for (let round = 0; round < 20; round += 1) {
      circuit.lost('CLOSED');
      beat(16_000, true);
      expect(circuit.isTrusted).toBe(true);
    }
  });
});
