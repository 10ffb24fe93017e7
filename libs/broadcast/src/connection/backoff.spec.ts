/** Reconnect waits: 100 ms to 5 s, rising, never in step. */
import { describe, expect, it } from '@jest/globals';
import { RECONNECT_MAX_MS, reconnectDelayMs } from './backoff.js';

describe('reconnectDelayMs', () => {
  it('starts at 100 ms, doubles, and stays at five seconds for ever', () => {
    const longest = [0, 1, 2, 3, 5, 6, 40, 1e9].map((attempt) => reconnectDelayMs(attempt, () => 1));
    expect(longest).toEqual([100, 200, 400, 800, 3_200, RECONNECT_MAX_MS, RECONNECT_MAX_MS, RECONNECT_MAX_MS]);
  });

  it('spreads a fleet over the upper half of the wait', () => {
    expect(reconnectDelayMs(3, () => 0)).toBe(400);
    expect(reconnectDelayMs(3, () => 0.5)).toBe(600);
  });
});
