import { describe, expect, it } from '@jest/globals';
import { traceIdOf, traceParentOf } from './trace-parent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('the trace of a request', () => {
  it('goes on from the caller, with a span of our own and the flag of the caller', () => {
    const ours = traceParentOf(`00-${TRACE}-${SPAN}-01`);
    expect(ours).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(ours).not.toContain(SPAN);
    expect(traceIdOf(ours)).toBe(TRACE);
  });

  it('is accepted from a later version that says more', () => {
    expect(traceIdOf(traceParentOf(`01-${TRACE}-${SPAN}-01-more`))).toBe(TRACE);
  });

  it.each([
    ['nothing', undefined],
    ['text', 'trace me'],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more behind it', `00-${TRACE}-${SPAN}-01-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ])('begins anew after %s', (_, incoming) => {
    const ours = traceParentOf(incoming);
    expect(ours).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceIdOf(ours)).not.toBe(TRACE);
  });

  it('is never the same twice', () => {
    const spans = new Set(Array.from({ length: 10_000 }, () => traceParentOf(undefined)));
    expect(spans.size).toBe(10_000);
  });
});
