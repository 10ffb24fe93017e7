/**
 * W3C trace context. This house records no spans; it carries the trace id from the caller through the log, the outbox and the
 * events, so that whoever does record can join them. The sampled flag is the caller's: a trace begun here is unsampled (00).
 */
import { randomFillSync } from 'node:crypto';

const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** Randomness is drawn in blocks: one system call per 500 spans instead of one per request. */
const pool = Buffer.allocUnsafe(8192);
let drawn = pool.length;

/** The `traceparent` of our own span: the caller's trace when `incoming` is well formed, else a new one. */
export function traceParentOf(incoming: string | undefined): string {
  const parts = incoming === undefined ? null : TRACE_PARENT.exec(incoming);
  if (parts === null || !isUsable(parts)) return `00-${randomHex(16)}-${randomHex(8)}-00`;
  return `00-${parts[2]}-${randomHex(8)}-${parts[4]}`;
}

/** The 32 hex digits that all spans of a trace share; what the log calls `traceId`. */
export function traceIdOf(traceParent: string): string {
  return traceParent.slice(3, 35);
}

/** Version ff is forbidden, version 00 has nothing behind the flags, and all-zero ids mean "none" (W3C §3.2.2). */
function isUsable(parts: RegExpExecArray): boolean {
  const [, version, traceId, spanId, , rest] = parts;
  return version !== 'ff' && (version !== '00' || rest === undefined) && traceId !== NO_TRACE && spanId !== NO_SPAN;
}

function randomHex(bytes: number): string {
  if (drawn + bytes > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += bytes;
  return pool.toString('hex', drawn - bytes, drawn);
}
