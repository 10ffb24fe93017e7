/** A feed stream over Server-Sent Events: the raw answer of one request, after everything that could be refused was refused. */
import type { ServerResponse } from 'node:http';
import { type FeedPosition, positionText } from '../merchant-feed/feed-position.rules.js';
import type { FeedSink } from '../merchant-feed/feed-stream.js';
import type { FeedOrder } from '../merchant-feed/merchant-feed.js';

/** A reader that lost its connection is back within a second or two, and all of them not in the same moment. */
const RECONNECT_MS = 1_000;
const RECONNECT_SPREAD_MS = 1_000;
/** A peer that vanished without a word is found by TCP within minutes, instead of by the next write that fails. */
const KEEP_ALIVE_AFTER_MS = 30_000;

export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies would gather what has to leave at once.
  'x-accel-buffering': 'no',
};

/** `raw` with its headers sent. */
export function eventStreamSink(raw: ServerResponse): FeedSink {
  raw.socket?.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
  const retryMs = Math.round(RECONNECT_MS + Math.random() * RECONNECT_SPREAD_MS);
  const event = (name: string, position: FeedPosition, data: string): boolean =>
    raw.write(`id: ${positionText(position)}\nevent: ${name}\ndata: ${data}\n\n`);
  return {
    order: ({ text }: FeedOrder, position) => event('order', position, text),
    ready: (position, restarted) => {
      const data = JSON.stringify({ position: positionText(position) });
      raw.write(`retry: ${retryMs}\n`);
      return event(restarted ? 'restarted' : 'ready', position, data);
    },
    beat: () => raw.write(': \n\n'),
    end: () => void raw.end(),
    cut: () => void raw.destroy(),
    onDrained: (fn) => void raw.on('drain', fn),
    onClosed: (fn) => void raw.on('close', fn),
  };
}
