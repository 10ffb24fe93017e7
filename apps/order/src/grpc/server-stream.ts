/**
 * Streams of answers over gRPC that wait for their reader: Nest keeps what a call does not take, without bound, so nothing may be given to
 * it before there is room.
 */
import type { ServerWritableStream } from '@grpc/grpc-js';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Observable } from 'rxjs';

export type ServerCall = Pick<ServerWritableStream<unknown, unknown>, 'writableNeedDrain' | 'once' | 'on' | 'destroy'>;

/** The call itself, beside its message and its metadata. */
export const StreamCall = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.getArgByIndex<ServerCall>(2),
);

/** What `source` gives, one after the other as `call` takes it. A call that ends returns the generator. */
export function streamed<T>(source: AsyncGenerator<T, void, void>, call: ServerCall): Observable<T> {
  return new Observable<T>((subscriber) => {
    const pump = async (): Promise<void> => {
      for await (const value of source) {
        if (subscriber.closed) return;
        subscriber.next(value);
        if (call.writableNeedDrain) await taken(call);
      }
      subscriber.complete();
    };
    pump().catch((error: unknown) => subscriber.error(error));
  });
}

/** Room again, or a call that has ended: then the next look finds the subscriber closed. */
function taken(call: ServerCall): Promise<void> {
  return new Promise((resolve) => {
    call.once('drain', resolve);
    call.once('cancelled', resolve);
    call.once('close', resolve);
  });
}
