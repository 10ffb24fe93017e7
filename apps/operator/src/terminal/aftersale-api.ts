/** The after-sale app's REST front as an operator calls it: with a token made on the spot, and refusals as errors that say what to do. */

import { loadConfig, optional, url } from '@ordo/configuration';
import { isErrorCode, type Problem, transient } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import { signToken } from '../token/sign-token.js';
import { describeToken } from '../token/token-claims.js';

/** A day's list of a channel may take many pages. */
const TIMEOUT_MS = 60_000;
const RETRY_AFTER_MS = 5_000;
const variables = { aftersaleUrl: optional('ORDO_AFTERSALE_URL', url('http', 'https'), 'http://127.0.0.1:7201') };

export class AftersaleApi {
  private constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** ORDO_AFTERSALE_URL, or where `npm start` puts it. */
  static async open(): Promise<AftersaleApi> {
    const { aftersaleUrl } = loadConfig(variables);
    return new AftersaleApi(aftersaleUrl, await signToken(describeToken({ service: 'operator', ttl: '10m' })));
  }

  /** @throws Refusal with the app's code and message; Transient when nobody answers. */
  async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as T & Partial<Problem>;
    if (response.ok) return answer;
    const code = answer.code !== undefined && isErrorCode(answer.code) ? answer.code : 'INTERNAL';
    throw new Refusal(code, `the after-sale app answers ${response.status}: ${answer.detail ?? code}`);
  }

  private async fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.baseUrl}${path}`, request);
    } catch (error) {
      const message = `nobody answers at ${this.baseUrl}; is ORDO_AFTERSALE_URL right?`;
      throw transient('REQUEST_TIMEOUT', message, RETRY_AFTER_MS, {}, error);
    }
  }
}
