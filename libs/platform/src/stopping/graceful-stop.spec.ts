import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../logging/logger.js';
import { GracefulStop, StopStage } from './graceful-stop.js';

function aStop(deadlineMs = 1_000) {
  const exits: number[] = [];
  const done: string[] = [];
  const stop = new GracefulStop({ logger: silentLogger, deadlineMs, exit: (code) => void exits.push(code) });
  return { stop, exits, done, step: (label: string) => () => void done.push(label) };
}

const signals = ['SIGTERM', 'SIGINT', 'uncaughtException', 'unhandledRejection'] as const;
const before = new Map(signals.map((signal) => [signal, process.listeners(signal as NodeJS.Signals)]));
afterEach(() => {
  for (const signal of signals) {
    for (const listener of process.listeners(signal as NodeJS.Signals)) {
      if (!before.get(signal)?.includes(listener)) process.removeListener(signal, listener);
    }
  }
});

describe('a graceful stop', () => {
  it('runs the stages in their order and the steps of a stage in theirs, then exits with 0', async () => {
    const { stop, exits, done, step } = aStop();
    stop.add(StopStage.LINKS, 'pools', step('pools'));
    stop.add(StopStage.WORK, 'batches', step('batches'));
    stop.add(StopStage.WORK, 'relay', step('relay'));
    stop.add(StopStage.FRONT, 'http', step('http'));
    stop.add(StopStage.ANNOUNCE, 'health', step('health'));
    await stop.stop('spec');
    expect(done).toEqual(['health', 'http', 'batches', 'relay', 'pools']);
    expect(exits).toEqual([0]);
  });

  it('runs what comes after a step that fails, and exits with 1', async () => {
    const { stop, exits, done, step } = aStop();
    stop.add(StopStage.FRONT, 'http', async () => Promise.reject(new Error('stuck')));
    stop.add(StopStage.LINKS, 'pools', step('pools'));
    await stop.stop('spec');
    expect(done).toEqual(['pools']);
    expect(exits).toEqual([1]);
  });

  it('gives up a step that outlasts the deadline', async () => {
    const { stop, exits } = aStop(20);
    stop.add(StopStage.FRONT, 'http', () => new Promise(() => undefined));
    await stop.stop('spec');
    expect(exits).toEqual([1]);
  });

  it('happens once, however often it is asked for', async () => {
    const { stop, exits, done, step } = aStop();
    stop.add(StopStage.WORK, 'batches', step('batches'));
    await Promise.all([stop.stop('a'), stop.stop('b')]);
    expect([done, exits]).toEqual([['batches'], [0]]);
  });

  it('begins with the first signal and is forced by the second', () => {
    const { stop, exits } = aStop();
    stop.add(StopStage.FRONT, 'http', () => new Promise(() => undefined));
    stop.listen();
    process.emit('SIGTERM');
    expect(exits).toEqual([]);
    process.emit('SIGTERM');
    expect(exits).toEqual([1]);
  });
});
