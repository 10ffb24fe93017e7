/** The gRPC front of an app on Nest's gRPC transport, with the limits of the REST front and its metrics. */
import { status as GrpcCode, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { protoRoot } from '@ordo/contracts';
import type { RequestRecorder } from '../metrics/metrics.js';

/** As over HTTP: room for the largest order, none for an attack. */
const MAX_REQUEST_BYTES = 262_144;
/** A page of a hundred orders of two hundred lines each stays below it. */
const MAX_ANSWER_BYTES = 16_777_216;
/** Balancers keep idle connections for 60 s; a dead peer is found within this time. */
const KEEPALIVE_MS = 60_000;

/** Times every call, refused ones included, and names its outcome as the REST front does. */
const metered =
  (recorder: RequestRecorder): ServerInterceptor =>
  (method, call) => {
    const startedMs = performance.now();
    return new ServerInterceptingCall(call, {
      sendStatus: (status, next) => {
        const code = status.metadata?.get('ordo-code')[0];
        const outcome = status.code === GrpcCode.OK ? 'ok' : String(code ?? `GRPC_${status.code}`);
        recorder.requestEnded(`GRPC ${method.path}`, outcome, performance.now() - startedMs);
        next(status);
      },
    });
  };

/** What an app serves: the package of its protobuf, and the file that defines it. */
export interface GrpcService {
  readonly package: string;
  readonly protoPath: string;
}

/** For `connectMicroservice(…, { inheritAppConfig: true })`. Closing finishes the calls under way. */
export function grpcOptions(service: GrpcService, port: number, recorder: RequestRecorder): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      package: service.package,
      protoPath: service.protoPath,
      url: `0.0.0.0:${port}`,
      gracefulShutdown: true,
      maxReceiveMessageLength: MAX_REQUEST_BYTES,
      maxSendMessageLength: MAX_ANSWER_BYTES,
      keepalive: { keepaliveTimeMs: KEEPALIVE_MS },
      // Amounts end at 10^12, so every one that is right is exact as a number, and one past 2^53 is refused as too large.
      loader: {
        includeDirs: [protoRoot()],
        keepCase: false,
        longs: Number,
        defaults: true,
        arrays: true,
        objects: false,
      },
      // grpc-js takes interceptors among the options of its server; Nest passes these on without naming them.
      channelOptions: { interceptors: [metered(recorder)] },
    },
  };
}
