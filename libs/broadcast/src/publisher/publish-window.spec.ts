/** The book of a window: confirms in any order and shape give each message exactly one outcome. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type OutgoingEvent, PublishOutcome } from './outgoing-event.js';
import { PublishWindow } from './publish-window.js';

const { CONFIRMED, RETURNED, REFUSED, UNCONFIRMED } = PublishOutcome;

function anEvent(index: number): OutgoingEvent {
  return { exchange: 'e', routingKey: 'k', messageId: String(index), body: '{}' };
}

function aWindow(size: number, firstTag = 1): PublishWindow {
  const window = new PublishWindow(
    Array.from({ length: size }, (_, index) => anEvent(index)),
    firstTag,
  );
  for (let index = 0; index < size; index += 1) window.written(index);
  window.seal();
  return window;
}

/** The outcomes if the window is done by now, else undefined. */
function settled(window: PublishWindow): Promise<readonly PublishOutcome[] | undefined> {
  return Promise.race([window.done, Promise.resolve(undefined).then(() => undefined)]);
}

describe('PublishWindow', () => {
  it('ends at once when nothing was written', async () => {
    expect(await aWindow(0).done).toEqual([]);
  });

  it('is not done before the last confirm', async () => {
    const window = aWindow(3);
    window.settle(2, true, CONFIRMED);
    expect(await settled(window)).toBeUndefined();
    window.settle(3, false, CONFIRMED);
    expect(await window.done).toEqual([CONFIRMED, CONFIRMED, CONFIRMED]);
  });

  it('counts a message as returned although its acknowledgement follows', async () => {
    const window = aWindow(3);
    window.returned('1', 'e', 'k');
    window.settle(3, true, CONFIRMED);
    expect(await window.done).toEqual([CONFIRMED, RETURNED, CONFIRMED]);
  });

  it('ignores returns of other messages and other routes', async () => {
    const window = aWindow(1);
    window.returned('7', 'e', 'k');
    window.returned('0', 'e', 'other');
    window.returned(undefined, 'e', 'k');
    window.settle(1, false, CONFIRMED);
    expect(await window.done).toEqual([CONFIRMED]);
  });

  it('lets a refusal of many spare what was confirmed before', async () => {
    const window = aWindow(4);
    window.settle(2, false, CONFIRMED);
    window.settle(4, true, REFUSED);
    expect(await window.done).toEqual([REFUSED, CONFIRMED, REFUSED, REFUSED]);
  });

  it('does not count a confirm twice', async () => {
    const window = aWindow(2);
    window.settle(1, false, CONFIRMED);
    window.settle(1, false, CONFIRMED);
    window.settle(1, true, CONFIRMED);
    expect(await settled(window)).toBeUndefined();
  });

  it('ignores tags of other windows', async () => {
    const window = aWindow(2, 10);
    for (const tag of [1, 9, 12, 500]) window.settle(tag, false, CONFIRMED);
    window.settle(9, true, CONFIRMED);
    expect(await settled(window)).toBeUndefined();
    window.settle(99, true, CONFIRMED);
    expect(await window.done).toEqual([CONFIRMED, CONFIRMED]);
  });

  it('keeps what it knows and calls the rest unconfirmed when it is abandoned', async () => {
    const window = aWindow(3);
    window.settle(2, false, CONFIRMED);
    window.abandon();
    window.settle(3, true, CONFIRMED);
    expect(await window.done).toEqual([UNCONFIRMED, CONFIRMED, UNCONFIRMED]);
  });

  it('shifts tags past messages that were never written', async () => {
    const window = new PublishWindow([anEvent(0), anEvent(1), anEvent(2)], 5);
    window.written(0);
    window.notWritten(1, REFUSED);
    window.written(2);
    window.seal();
    window.settle(5, false, CONFIRMED);
    expect(await settled(window)).toBeUndefined();
    window.settle(6, false, CONFIRMED);
    expect(await window.done).toEqual([CONFIRMED, REFUSED, CONFIRMED]);
  });

  it('confirms everything under any order of single and multiple confirms that covers all tags', async () => {
    const confirm = fc.record({ tag: fc.integer({ min: 1, max: 30 }), multiple: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(confirm, { maxLength: 40 }), async (confirms) => {
        const window = aWindow(30);
        for (const { tag, multiple } of confirms) window.settle(tag, multiple, CONFIRMED);
        window.settle(30, true, CONFIRMED);
        expect(await settled(window)).toEqual(new Array(30).fill(CONFIRMED));
      }),
    );
  });
});
