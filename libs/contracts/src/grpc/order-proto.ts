/** How the order service's protobuf is loaded, so that server and clients see the same shapes. */
import { protoRoot } from './proto-path.js';

export const ORDER_PROTO_PACKAGE = 'ordo.order.v1';
export const ORDER_PROTO_SERVICE = 'OrderService';

/** Trailing metadata of a refused call: the RFC 9457 document as UTF-8 JSON. The suffix lets gRPC carry any bytes. */
export const PROBLEM_METADATA_KEY = 'ordo-problem-bin';

/**
 * For `@grpc/proto-loader`: camelCase names, as in REST; int64 as numbers, which amounts (< 10^12) fit exactly; required fields and
 * lists with their defaults, so that a reader sees `[]` and never undefined; optional fields that are absent stay absent.
 */
export const protoLoaderOptions = () => ({
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  includeDirs: [protoRoot()],
});
