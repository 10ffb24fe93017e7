/** One stream against a reader that takes its time, and a feed that is under its control. No server. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type FeedPosition, positionOfText, positionText } from './feed-position.rules.js';
import { type FeedSink, FeedStream, type StreamEnd } from './feed-stream.js';
import type { FeedPage } from './merchant-feed.js';

const pageOf = (from: number, to: number, hasMore = false): FeedPage => ({
  orders: Array.from({ length: to - from }, (_, index) => ({
    ...{ document: {} as never, text: `v${from + index + 1}`, position: { version: from + index + 1 } },
  })),
  next: { version: to },
  ...{ hasMore, restarted: false },
});

class Reader implements FeedSink {
  readonly told: string[] = [];
  isFull = false;
  wasCut = false;
  private drain: () => void = () => undefined;
  private leave: () => void = () => undefined;

  order = ({ text }: { text: string }, position: FeedPosition): boolean =>
    this.take(`${text}@${positionText(position)}`);
  ready = (position: FeedPosition, restarted: boolean): boolean =>
    this.take(`${restarted ? 'restarted' : 'ready'}@${positionText(position)}`);
  beat = (): boolean => this.take('beat');
  end = (): void => void this.told.push('end');
  cut = (): void => {
    this.wasCut = true;
  };
  onDrained = (fn: () => void): void => {
    this.drain = fn;
  };
  onClosed = (fn: () => void): void => {
    this.leave = fn;
  };

  readOn(): void {
    this.isFull = false;
    this.drain();
  }

  go(): void {
    this.leave();
  }

  private take(what: string): boolean {
    this.told.push(what);
    return !this.isFull;
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

let reader: Reader;
let ends: StreamEnd[];
let pages: (FeedPage | undefined | Error)[];
let asked: string[];

function open(version: number): FeedStream {
  return new FeedStream('7', { version }, reader, {
    pageAfter: async (after) => {
      asked.push(positionText(after));
      const page = pages.shift();
      if (page instanceof Error) throw page;
      return page;
    },
    onEnded: (end) => ends.push(end),
    onFailed: () => undefined,
  });
}

beforeEach(() => {
  jest.useFakeTimers();
  reader = new Reader();
  [ends, pages, asked] = [[], [], []];
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a stream', () => {
  test('asks for nothing while nothing has changed', async () => {
    open(3).start(3);
    await settled();
    expect(reader.told).toEqual(['ready@3']);
    expect(asked).toEqual([]);
  });

  test('tells what was missed, and then what wakes it, each from where it stands', async () => {
    pages = [pageOf(3, 5, true), pageOf(5, 6), pageOf(6, 7)];
    const stream = open(3);
    stream.start(6);
    await settled();
    stream.wake(7);
    await settled();
    expect(reader.told).toEqual(['ready@3', 'v4@4', 'v5@5', 'v6@6', 'v7@7']);
    expect(asked).toEqual(['3', '5', '6']);
  });

  test('looks again when it was woken while it looked', async () => {
    pages = [pageOf(3, 4), pageOf(4, 5)];
    const stream = open(3);
    stream.start(4);
    stream.wake(5);
    await settled();
    expect(reader.told).toEqual(['ready@3', 'v4@4', 'v5@5']);
  });

  test('reads no further page for a reader that is full, and cuts it off after ten seconds', async () => {
    pages = [pageOf(0, 1, true), pageOf(1, 2)];
    const stream = open(0);
    reader.isFull = true;
    stream.start(2);
    await settled();
    expect(asked).toEqual([]);
    jest.advanceTimersByTime(9_999);
    expect(ends).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(ends).toEqual(['slow']);
    expect(reader.wasCut).toBe(true);
  });

  test('goes on where it stood when the reader takes again in time', async () => {
    pages = [pageOf(0, 1)];
    const stream = open(0);
    reader.isFull = true;
    stream.start(1);
    await settled();
    reader.readOn();
    await settled();
    jest.advanceTimersByTime(20_000);
    expect(reader.told).toEqual(['ready@0', 'v1@1']);
    expect(ends).toEqual([]);
  });

  test('tries again after a failed look, and is told nothing twice', async () => {
    pages = [new Error('node away'), pageOf(0, 1)];
    open(0).start(1);
    await settled();
    jest.advanceTimersByTime(1_000);
    await settled();
    expect(reader.told).toEqual(['ready@0', 'v1@1']);
  });

  test('says when its place was given up', async () => {
    pages = [{ orders: [], next: { version: 2 }, hasMore: false, restarted: true }];
    open(9).start(2);
    await settled();
    expect(reader.told).toEqual(['ready@9', 'restarted@2']);
  });

  test('ends once, and writes nothing after its reader has left', async () => {
    const stream = open(0);
    stream.start(0);
    reader.go();
    stream.end('expired');
    stream.wake(4);
    await settled();
    expect(ends).toEqual(['closed']);
    expect(reader.told).toEqual(['ready@0']);
  });
});

describe('a position', () => {
  test.each([{ version: 0 }, { version: 42 }, { version: 42, orderId: '255729303457974272' }])(
    'reads back as it was written: %j',
    (position) => {
      expect(positionOfText(positionText(position), 'after')).toEqual(position);
    },
  );

  test.each(['', '01', '-1', '1.', '1.0', '1e3', '1.2.3', ' 1', '9007199254740993'])('is not %j', (text) => {
    expect(() => positionOfText(text, 'after')).toThrow('position');
  });
});
