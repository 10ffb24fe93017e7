/**
 * A client that is refused while it still sends hears nothing: the connection closes under it, and the reset overtakes the answer. So
 * the rest is read and thrown away first, within bounds.
 */
import type { IncomingMessage } from 'node:http';

/** An upload of a size that people try by mistake ends within it; a hostile one is cut. */
const MOST_BYTES = 33_554_432;
const LONGEST_MS = 2_000;

/** Calls `then` once, when the message has ended or was given up on. Nothing is kept of what arrives. */
export function discardRest(message: IncomingMessage, then: () => void): void {
  let discarded = 0;
  const timer = setTimeout(finish, LONGEST_MS);
  function finish(): void {
    clearTimeout(timer);
    message.off('data', onData).off('end', finish).off('close', finish);
    then();
  }
  function onData(chunk: Buffer): void {
    discarded += chunk.length;
    if (discarded > MOST_BYTES) finish();
  }
  if (message.readableEnded || message.destroyed) return finish();
  message.on('data', onData).on('end', finish).on('close', finish);
  message.resume();
}
