/** What the demonstration may say to the simulated payment channel (test/simulators/channel), and what its book says. Never a real channel. */
import { transient } from '@ordo/contracts';

/** What the next request under a number meets; what is absent goes well. */
export interface ChannelStep {
  readonly before?: 'fault' | 'hang';
  readonly outcome?: 'succeeded' | 'failed';
}

export interface ChannelBook {
  /** Numbers under which money moved more than once. */
  readonly doubled: number;
  readonly byNumber: Readonly<Record<string, { readonly moved: number; readonly pending: number }>>;
}

export interface TakenPayment {
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
}

const TIMEOUT_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

export class SimulatedChannel {
  constructor(private readonly baseUrl: string) {}

  takePayment(payment: TakenPayment): Promise<unknown> {
    return this.control('PUT', 'payments', { payments: [payment] });
  }

  /** What the next requests under `number` meet, one step each. */
  plan(number: string, ...steps: readonly ChannelStep[]): Promise<unknown> {
    return this.control('PUT', `plans/${encodeURIComponent(number)}`, { steps });
  }

  /** From now on money moves by {@link settleAll} alone, as at a channel that settles once a day. False: there is no such channel. */
  settleLater(): Promise<boolean> {
    return this.control('PUT', 'weather', { settleMs: null }).then(
      () => true,
      () => false,
    );
  }

  /** What is pending moves now and is told; from now on everything moves at once. */
  async settleAll(): Promise<void> {
    const { byNumber } = await this.book();
    await this.control('PUT', 'weather', {});
    await this.control('POST', 'settle');
    for (const [number, { pending }] of Object.entries(byNumber)) {
      if (pending > 0) await this.control('POST', 'deliver', { number });
    }
  }

  /** `payer`: of compensations. */
  book(of: 'channel' | 'payer' = 'channel'): Promise<ChannelBook> {
    return this.control('GET', `book/${of}`) as Promise<ChannelBook>;
  }

  private async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.baseUrl}/control/${path}`, {
      ...{ method, signal: AbortSignal.timeout(TIMEOUT_MS) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response.json();
    throw transient('CHANNEL_UNAVAILABLE', `the simulated channel answered ${response.status}`, RETRY_AFTER_MS);
  }
}
