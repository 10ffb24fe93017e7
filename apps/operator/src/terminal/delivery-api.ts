/** The delivery app's REST front as an operator calls it: with a token made on the spot, and refusals as errors that say what to do. */

import { loadConfig, optional, url } from '@ordo/configuration';
import { isErrorCode, type Problem, transient } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import { signToken } from '../token/sign-token.js';
import { describeToken, type TokenOptions } from '../token/token-claims.js';

const OPERATOR = { service: 'operator' };
const TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS = 5_000;
const variables = { deliveryUrl: optional('ORDO_DELIVERY_URL', url('http', 'https'), 'http://127.0.0.1:7301') };

export class DeliveryApi {
  private constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** ORDO_DELIVERY_URL, or where `npm start` puts it. `caller`: default the operator, who may do everything but act as a party. */
  static async open(caller: Omit<TokenOptions, 'ttl'> = OPERATOR): Promise<DeliveryApi> {
    const { deliveryUrl } = loadConfig(variables);
    return new DeliveryApi(deliveryUrl, await signToken(describeToken({ ...caller, ttl: '10m' })));
  }

  get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  /** @throws Refusal with the app's code and message; Transient when nobody answers. */
  async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.fetch(path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as T & Partial<Problem>;
    if (response.ok) return answer;
    const code = answer.code !== undefined && isErrorCode(answer.code) ? answer.code : 'INTERNAL';
    throw new Refusal(code, `the delivery app answers ${response.status}: ${answer.detail ?? code}`);
  }

  private async fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.baseUrl}${path}`, request);
    } catch (error) {
      const message = `nobody answers at ${this.baseUrl}; is ORDO_DELIVERY_URL right?`;
      throw transient('REQUEST_TIMEOUT', message, RETRY_AFTER_MS, {}, error);
    }
  }
}
