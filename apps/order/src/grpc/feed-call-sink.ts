/** A feed stream over a gRPC call. */
import type { Subscriber } from 'rxjs';
import { type FeedPosition, positionText } from '../merchant-feed/feed-position.rules.js';
import type { FeedSink } from '../merchant-feed/feed-stream.js';
import { type OrderMessage, orderMessageOf } from './order-messages.js';
import type { ServerCall } from './server-stream.js';

export interface FeedMessage {
  readonly position: string;
  readonly order?: OrderMessage;
  readonly restarted: boolean;
}

export function feedCallSink(subscriber: Subscriber<FeedMessage>, call: ServerCall): FeedSink {
  let position = '';
  const tell = (at: FeedPosition, order: OrderMessage | undefined, restarted: boolean): boolean => {
    position = positionText(at);
    subscriber.next({ position, restarted, ...(order === undefined ? {} : { order }) });
    return !call.writableNeedDrain;
  };
  return {
    order: ({ document }, at) => tell(at, orderMessageOf(document), false),
    ready: (at, restarted) => tell(at, undefined, restarted),
    beat: () => {
      subscriber.next({ position, restarted: false });
      return !call.writableNeedDrain;
    },
    end: () => subscriber.complete(),
    cut: () => subscriber.complete(),
    onDrained: (fn) => void call.on('drain', fn),
    onClosed: (fn) => subscriber.add(fn),
  };
}
