/**
 * The trace of an event goes on in its handler: the trace id of whoever caused the change, with a span of this consumer. Calls that the
 * handler makes carry it on (`traceparent`), so that one trace leads from the caller through the order to every consumer.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

const SPAN_BYTES = 8;
const current = new AsyncLocalStorage<string>();

/** The W3C traceparent of a span of ours below `parent`; undefined where the event carries none. */
export function childOf(parent: string | undefined): string | undefined {
  if (parent === undefined) return undefined;
  const [version, trace, , flags] = parent.split('-');
  return `${version}-${trace}-${randomBytes(SPAN_BYTES).toString('hex')}-${flags}`;
}

/** Within a handler and whatever it awaits: the traceparent to send along. Undefined elsewhere, and for an event without a trace. */
export function currentTraceParent(): string | undefined {
  return current.getStore();
}

export function withTrace<T>(traceParent: string | undefined, work: () => T): T {
  return traceParent === undefined ? work() : current.run(traceParent, work);
}
