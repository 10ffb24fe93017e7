/** A gRPC client of `ordo.order.v1`, `ordo.aftersale.v1` or `ordo.delivery.v1` as another team would write it: from the published proto, with nothing of the app. */
import {
  type ClientReadableStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { aftersaleProtoPath, deliveryProtoPath, protoPath, protoRoot } from '@ordo/contracts';

type Unary = (
  request: object,
  metadata: Metadata,
  done: (error: ServiceError | null, answer: Record<string, unknown>) => void,
) => void;
type Client = Readonly<Record<string, Unary>> & { close(): void };
type ClientClass = new (address: string, channel: ReturnType<typeof credentials.createInsecure>) => Client;

export interface GrpcRefusal {
  readonly status: number;
  readonly problem: Readonly<Record<string, unknown>>;
}

const services = {
  order: { path: protoPath, name: 'OrderService' },
  aftersale: { path: aftersaleProtoPath, name: 'AftersaleService' },
  delivery: { path: deliveryProtoPath, name: 'DeliveryService' },
} as const;

export class GrpcClient {
  private readonly client: Client;

  constructor(
    address: string,
    private readonly token?: string,
    of: keyof typeof services = 'order',
  ) {
    const { path, name } = services[of];
    const definition = loadSync(path(), { includeDirs: [protoRoot()], longs: Number, arrays: true });
    const { ordo } = loadPackageDefinition(definition) as { ordo: Record<string, { v1: GrpcObject }> };
    const Service = ordo[of]?.v1[name] as unknown as ClientClass;
    this.client = new Service(address, credentials.createInsecure());
  }

  /** The answer; rejects with a ServiceError. */
  call(method: string, request: object): Promise<Record<string, unknown>> {
    const metadata = new Metadata();
    if (this.token !== undefined) metadata.set('authorization', `Bearer ${this.token}`);
    return new Promise((resolve, reject) => {
      const unary = this.client[method];
      if (unary === undefined) return reject(new Error(`no method ${method}`));
      unary.call(this.client, request, metadata, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }

  /** Every message of a stream, once it has ended; rejects with a ServiceError. */
  stream(method: string, request: object): Promise<Record<string, unknown>[]> {
    return new Promise((resolve, reject) => {
      const messages: Record<string, unknown>[] = [];
      const call = this.follow(method, request);
      call.on('data', (message: Record<string, unknown>) => messages.push(message));
      call.once('error', reject);
      call.once('end', () => resolve(messages));
    });
  }

  /** A stream as it comes; `cancel` it. */
  follow(method: string, request: object): ClientReadableStream<Record<string, unknown>> {
    const metadata = new Metadata();
    if (this.token !== undefined) metadata.set('authorization', `Bearer ${this.token}`);
    const open = this.client[method] as unknown as (
      this: Client,
      request: object,
      metadata: Metadata,
    ) => ClientReadableStream<Record<string, unknown>>;
    return open.call(this.client, request, metadata);
  }

  /** The status and the problem document of a call that is refused; throws when it is not. */
  async refused(method: string, request: object): Promise<GrpcRefusal> {
    const error = await this.call(method, request).then(
      (answer) => {
        throw new Error(`${method} answered ${JSON.stringify(answer)}`);
      },
      (thrown: ServiceError) => thrown,
    );
    const [problem] = error.metadata?.get('ordo-problem-bin') ?? [];
    return { status: error.code, problem: problem === undefined ? {} : JSON.parse(String(problem)) };
  }

  close(): void {
    this.client.close();
  }
}
