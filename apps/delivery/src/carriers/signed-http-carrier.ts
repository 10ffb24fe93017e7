/**
 * A carrier that implements our contract, `docs/api/carrier.openapi.yaml`: signed HTTP both ways, HMAC-SHA256 over timestamp, nonce and the raw
 * body. The first secret signs, all verify.
 */
import {
  DeliverySubState,
  isDeliveryState,
  isDeliverySubState,
  refuse,
  refuseViolations,
  transient,
  type Violation,
} from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { signMessage, verifyMessage } from '@ordo/platform';
import { isReportedState } from '../waybill-life/state-rank.rules.js';
import type { Report } from '../waybill-life/waybill-life.js';
import { waybillOf } from '../waybills/waybill.js';
import type {
  CalledWaybill,
  Carrier,
  CarrierAnswer,
  CarrierCallback,
  CourierCall,
  IncomingMessage,
} from './carrier.js';
import { objectOf } from './message-object.js';

export interface SignedHttpCarrierOptions {
  readonly name: string;
  /** `https://carrier.example/ordo`; paths of the contract follow. */
  readonly url: string;
  readonly secrets: readonly [string, ...string[]];
  readonly clock: Clock;
  /** Default 3 s: a call that takes longer is pushed again and answered from the first. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 3_000;
const RETRY_MS = 1_000;
const MAX_NAME = 64;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;
const CONFLICT = 409;
const NOT_FOUND = 404;
const REFUSED = 422;

export class SignedHttpCarrier implements Carrier {
  readonly name: string;

  constructor(private readonly options: SignedHttpCarrierOptions) {
    this.name = options.name;
  }

  async call({ payload, tipMinor, ...call }: CourierCall): Promise<CarrierAnswer> {
    const body = JSON.stringify({ ...call, tip: tipMinor, handOff: JSON.parse(payload) as unknown });
    const answer = await this.send('POST', '/waybills', body);
    if (answer.status === CONFLICT) {
      const message = `${this.name} knows the credential of ${call.waybillId} with another digest`;
      throw refuse('WAYBILL_CONFLICT', message, { waybillId: call.waybillId, carrier: this.name });
    }
    if (answer.status === REFUSED) throw this.refusal(answer.body);
    this.assertDone(answer);
    const { carrierRef } = answer.body;
    return { carrierRef: typeof carrierRef === 'string' ? carrierRef.slice(0, MAX_NAME) : null };
  }

  async cancel({ waybillId, credential }: CalledWaybill): Promise<void> {
    this.assertTold(await this.send('PUT', `/waybills/${waybillId}/cancellation`, JSON.stringify({ credential })));
  }

  async tip({ waybillId, credential, currency }: CalledWaybill, totalMinor: number): Promise<void> {
    const body = JSON.stringify({ credential, total: totalMinor, currency });
    this.assertTold(await this.send('PUT', `/waybills/${waybillId}/tip`, body));
  }

  verify({ headers, raw, target }: IncomingMessage): void {
    verifyMessage(raw === '' ? target : raw, headers, this.options.secrets, this.options.clock.nowMs());
  }

  readCallback({ headers, raw }: IncomingMessage): CarrierCallback {
    const { nonce } = verifyMessage(raw, headers, this.options.secrets, this.options.clock.nowMs());
    const body = objectOf(raw);
    assertCallback(body);
    const waybill = waybillOf(body.waybillId);
    if (waybill === undefined) throw refuse('WAYBILL_NOT_FOUND', `${body.waybillId} names no waybill`);
    const report: Report = {
      attempt: waybill.attempt,
      state: body.state,
      subState: body.subState ?? null,
      occurredAtMs: Date.parse(body.occurredAt),
      courierId: body.courierId ?? null,
    };
    return { orderId: waybill.orderId, report, carrierRef: body.carrierRef ?? null, nonce };
  }

  /** What the carrier does not know, it need not forget. */
  private assertTold(answer: Answer): void {
    if (answer.status === NOT_FOUND) return;
    if (answer.status === CONFLICT || answer.status === REFUSED) throw this.refusal(answer.body);
    this.assertDone(answer);
  }

  private assertDone({ status }: Answer): void {
    if (status >= 200 && status < 300) return;
    throw transient('CARRIER_UNAVAILABLE', `${this.name} answers ${status}`, RETRY_MS, { carrier: this.name, status });
  }

  private refusal({ reason }: Answer['body']) {
    const subState = isDeliverySubState(reason) ? reason : DeliverySubState.OTHER;
    return refuse('CARRIER_REFUSED', `${this.name} refuses: ${subState}`, { carrier: this.name, subState });
  }

  private async send(method: string, path: string, body: string): Promise<Answer> {
    const { url, secrets, clock, deadlineMs = DEADLINE_MS } = this.options;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        body,
        headers: { 'content-type': 'application/json', ...signMessage(body, secrets[0], clock.nowMs()) },
        signal: AbortSignal.timeout(deadlineMs),
      });
      const text = await response.text();
      return { status: response.status, body: objectOf(text) };
    } catch (error) {
      const details = { carrier: this.name };
      throw transient('CARRIER_UNAVAILABLE', `${this.name} does not answer`, RETRY_MS, details, error);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface CallbackBody {
  readonly waybillId: string;
  readonly state: Report['state'];
  readonly subState?: Report['subState'];
  readonly occurredAt: string;
  readonly courierId?: string | null;
  readonly carrierRef?: string | null;
}

const isName = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.length >= 1 && value.length <= MAX_NAME);

/** By hand and not by a DTO: the message is signed, so its bytes are what was checked, and nothing may be read before. */
function assertCallback(
  body: Readonly<Record<string, unknown>>,
): asserts body is Readonly<Record<string, unknown>> & CallbackBody {
  const { waybillId, state, subState, occurredAt, courierId, carrierRef } = body;
  const rules: readonly (readonly [field: string, holds: boolean, message: string])[] = [
    ['waybillId', typeof waybillId === 'string', 'must name a waybill'],
    ['state', isDeliveryState(state) && isReportedState(state), 'must be a state that a carrier may report'],
    ['subState', subState === undefined || subState === null || isDeliverySubState(subState), 'must be a known reason'],
    [
      'occurredAt',
      typeof occurredAt === 'string' && INSTANT.test(occurredAt) && !Number.isNaN(Date.parse(occurredAt)),
      'must be an instant in UTC',
    ],
    ['courierId', isName(courierId), `must be a text of 1 to ${MAX_NAME} characters`],
    ['carrierRef', isName(carrierRef), `must be a text of 1 to ${MAX_NAME} characters`],
  ];
  const violations: Violation[] = rules
    .filter(([, holds]) => !holds)
    .map(([field, , message]) => ({ field, rule: 'callback', message }));
  if (violations.length > 0) throw refuseViolations(violations);
}
