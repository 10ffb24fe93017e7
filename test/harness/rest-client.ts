/** The REST contract from the outside: what was answered, whatever it was. */
import { randomUUID } from 'node:crypto';
import type { PlaceOrderBody } from '@ordo/testing';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export class RestClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  as(token: string): RestClient {
    return new RestClient(this.url, token);
  }

  async send<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Body };
  }

  get<Body = Record<string, unknown>>(path: string): Promise<Answer<Body>> {
    return this.send<Body>('GET', path);
  }

  post<Body = Record<string, unknown>>(path: string, body?: unknown): Promise<Answer<Body>> {
    return this.send<Body>('POST', path, body);
  }

  place(order: unknown, key: string = randomUUID()): Promise<Answer> {
    return this.send('POST', '/v1/orders', order, { 'idempotency-key': key });
  }

  /** Places and answers the id; throws when that was refused. */
  async placed(order: PlaceOrderBody): Promise<string> {
    const { status, body } = await this.place(order);
    if (status !== 201) throw new Error(`placed with ${status}: ${JSON.stringify(body)}`);
    return String(body['orderId']);
  }

  async paid(orderId: string, paidAmount: number, paymentId = `pay-${orderId}`): Promise<Answer> {
    return this.post(`/v1/orders/${orderId}/payment`, { paymentId, paidAmount, paidAt: new Date().toISOString() });
  }
}
