/** What the demonstration may say to the simulated carrier (test/simulators/carrier). Never a real carrier. */
import { transient } from '@ordo/contracts';

/** What the next call of an order meets; what is absent goes well. */
export interface CarrierStep {
  readonly run?: 'deliver' | 'reject';
}

const TIMEOUT_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

export class SimulatedCarrier {
  constructor(private readonly baseUrl: string) {}

  /** One step per call of the order; afterwards all goes well. */
  async plan(orderId: string, ...steps: readonly CarrierStep[]): Promise<void> {
    const response = await fetch(`${this.baseUrl}/control/plans/${orderId}`, {
      ...{ method: 'PUT', body: JSON.stringify({ steps }), signal: AbortSignal.timeout(TIMEOUT_MS) },
    });
    if (response.ok) return;
    throw transient('CARRIER_UNAVAILABLE', `the simulated carrier answers ${response.status}`, RETRY_AFTER_MS);
  }
}
