/** The lightest use of undici: one handler per request, no streams, because the client shares the machine with what it measures. */
import { type Dispatcher, Pool } from 'undici';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export class HttpClient {
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly token: string,
    connections: number,
  ) {
    this.pool = new Pool(origin, { connections, pipelining: 1, keepAliveTimeout: 60_000 });
  }

  get(path: string): Promise<HttpAnswer> {
    return this.send({ path, method: 'GET', headers: { authorization: `Bearer ${this.token}` } });
  }

  post(path: string, body: string | Buffer, idempotencyKey?: string): Promise<HttpAnswer> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const keyed = idempotencyKey === undefined ? headers : { ...headers, 'idempotency-key': idempotencyKey };
    return this.send({ path, method: 'POST', headers: keyed, body });
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private send(options: Dispatcher.DispatchOptions): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      this.pool.dispatch(options, {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () =>
          resolve({ status, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) }),
        onResponseError: (_controller, error) => reject(error),
      });
    });
  }
}
