import { describe, expect, it } from '@jest/globals';
import { DeadlineExceeded, within } from './deadline.js';

const never = new Promise<string>(() => undefined);

describe('a bounded wait', () => {
  it('rejects when nothing comes', async () => {
    await expect(within(never, 5)).rejects.toBeInstanceOf(DeadlineExceeded);
  });

  it('passes on what comes in time, be it an answer or a failure', async () => {
    await expect(within(Promise.resolve('row'), 5)).resolves.toBe('row');
    await expect(within(Promise.reject(new Error('refused')), 5)).rejects.toThrow('refused');
  });

  it('takes the answer that lay ready while our own loop was busy past the deadline', async () => {
    const ready = new Promise<string>((resolve) => setTimeout(resolve, 1, 'row'));
    const bounded = within(ready, 5);
    const until = performance.now() + 30;
    while (performance.now() < until);
    await expect(bounded).resolves.toBe('row');
  });
});
