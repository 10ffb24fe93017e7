/** The one place where specs wait. */
import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('answers the first look that saw something, and a number 0 is something', async () => {
    const looks = [undefined, null, false, 0] as const;
    let next = 0;
    await expect(eventually(() => looks[next++], 'a number is there')).resolves.toBe(0);
  });

  it('names what did not come, and within which time', async () => {
    await expect(eventually(() => undefined, 'the moon rises', 30)).rejects.toThrow('not within 30 ms: the moon rises');
  });

  it('passes on what a look throws at once, for a broken look never mends itself', async () => {
    const broken = (): never => {
      throw new TypeError('the table is gone');
    };
    await expect(eventually(broken, 'a row is there')).rejects.toThrow('the table is gone');
  });
});
