/**
 * The order app as other apps of the house call it: over gRPC, with a service token. Guarantee: every call ends within its deadline; a
 * refusal of the order app arrives as the Refusal that it was, everything else as a Transient ORDER_APP_UNAVAILABLE or the Transient that
 * it was. Nothing is retried here: the caller knows whether it has time.
 */
import {
  type ClientUnaryCall,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  ORDER_PROTO_SERVICE,
  type OrderDocument,
  type OrderTagName,
  protoLoaderOptions,
  protoPath,
} from '@ordo/contracts';
import { errorOfCall } from './order-answers.js';
import { type OrderMessage, orderOf } from './order-messages.js';

export interface OrderClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** The bearer token of this app, asked for at each call, because it may be renewed. */
  readonly token: () => string;
  /** For one call; default 2 s. */
  readonly deadlineMs?: number;
}

export interface OrderPayment {
  readonly paymentId: string;
  readonly kind: 'EFFECTIVE' | 'LATE' | 'DUPLICATE';
  readonly paidAmount: number;
  readonly paidAt: string;
}

export interface Invalidation {
  readonly orderId: string;
  readonly reasonCode: number;
  readonly role: number;
  readonly note?: string;
}

export interface Tagging {
  readonly orderId: string;
  readonly add: readonly OrderTagName[];
  readonly remove: readonly OrderTagName[];
}

type Unary = (
  request: object,
  metadata: Metadata,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, answer: unknown) => void,
) => ClientUnaryCall;
type Client = Readonly<Record<string, Unary>> & { close(): void };
type ClientClass = new (
  address: string,
  channel: ReturnType<typeof credentials.createInsecure>,
  options: Readonly<Record<string, number>>,
) => Client;

const DEADLINE_MS = 2_000;
/** By default a lost server is asked again after up to two minutes; an order app that is back is to be noticed within a second. */
const CHANNEL = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };

export class OrderClient {
  private readonly client: Client;

  constructor(private readonly options: OrderClientOptions) {
    const definition = loadSync(protoPath(), { ...protoLoaderOptions(), arrays: true });
    const { ordo } = loadPackageDefinition(definition) as { ordo: { order: { v1: GrpcObject } } };
    const OrderService = ordo.order.v1[ORDER_PROTO_SERVICE] as unknown as ClientClass;
    this.client = new OrderService(options.address, credentials.createInsecure(), CHANNEL);
  }

  /** @throws Refusal ORDER_NOT_FOUND. */
  async read(orderId: string, traceParent?: string): Promise<OrderDocument> {
    return orderOf((await this.call('GetOrder', { orderId }, traceParent)) as OrderMessage);
  }

  /** Every payment that was announced, in that order. */
  async payments(orderId: string, traceParent?: string): Promise<readonly OrderPayment[]> {
    const answer = await this.call('ListPayments', { orderId }, traceParent);
    return (answer as { payments: readonly OrderPayment[] }).payments;
  }

  /** @throws Refusal ORDER_NOT_INVALIDATABLE (409) naming the state that the order is in. */
  async invalidate(asked: Invalidation, traceParent?: string): Promise<OrderDocument> {
    return orderOf((await this.call('InvalidateOrder', asked, traceParent)) as OrderMessage);
  }

  /** Idempotent. */
  async tag(asked: Tagging, traceParent?: string): Promise<OrderDocument> {
    return orderOf((await this.call('TagOrder', asked, traceParent)) as OrderMessage);
  }

  /** Receives or completes an order, for the app that knows that it happened. */
  async advance(
    method: 'ReceiveOrder' | 'CompleteOrder',
    asked: { readonly orderId: string; readonly role: number; readonly note?: string },
    traceParent?: string,
  ): Promise<OrderDocument> {
    return orderOf((await this.call(method, asked, traceParent)) as OrderMessage);
  }

  close(): void {
    this.client.close();
  }

  private call(method: string, request: object, traceParent?: string): Promise<unknown> {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${this.options.token()}`);
    if (traceParent !== undefined) metadata.set('traceparent', traceParent);
    const deadline = Date.now() + (this.options.deadlineMs ?? DEADLINE_MS);
    return new Promise((resolve, reject) => {
      const unary = this.client[method] as Unary;
      unary.call(this.client, request, metadata, { deadline }, (error, answer) =>
        error === null ? resolve(answer) : reject(errorOfCall(error, method)),
      );
    });
  }
}
