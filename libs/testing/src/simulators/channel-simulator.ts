/**
 * The simulated payment channel and payer as a process of its own (`test/simulators/channel`), and what a spec may say to it. It outlives what
 * it is used to break; whoever starts it ends it.
 */
import { SimulatedProgram } from './simulated-program.js';

/** One request to move money, and what comes of it; what is absent goes well. */
export interface ChannelStep {
  /** `refuse:<REASON>` refuses in the channel's words. */
  readonly before?: 'none' | 'drop' | 'hang' | 'fault' | 'rate-limit' | `refuse:${string}`;
  /** What happens to the answer when the work is done. */
  readonly after?: 'none' | 'drop' | 'hang' | 'fault' | 'garbage';
  readonly delayMs?: number;
  readonly outcome?: 'succeeded' | 'failed';
  readonly reason?: string;
  /** Until the money moves; 0: at once; null: never. */
  readonly settleMs?: number | null;
  /** One callback after each of these waits, counted from the settlement. */
  readonly callbacks?: readonly number[];
  /** An old "pending" after the last of them. */
  readonly stalePending?: boolean;
}

/** Probabilities from 0 to 1, and waits in ms up to which is drawn. */
export interface ChannelOdds {
  readonly seed?: number;
  /** Nothing is answered at all. */
  readonly silent?: boolean;
  readonly lostRequest?: number;
  readonly lostAnswer?: number;
  readonly hang?: number;
  readonly fault?: number;
  readonly faultAfter?: number;
  readonly rateLimited?: number;
  readonly refused?: number;
  readonly failed?: number;
  readonly noCallback?: number;
  readonly twice?: number;
  readonly outOfOrder?: number;
  readonly delayMs?: number;
  /** null: nothing settles by itself. */
  readonly settleMs?: number | null;
  readonly callbackMs?: number;
}

export interface SimulatedPayment {
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly paidAtMs?: number;
  readonly disputed?: boolean;
}

export interface NumberEntry {
  readonly moved: number;
  readonly movements: number;
  readonly pending: number;
  readonly failed: number;
  readonly arrivals: number;
  readonly times?: number;
}

export interface ChannelSummary {
  readonly moved: number;
  readonly arrivals: number;
  readonly numbersAsked: number;
  /** Numbers under which money moved more than once. */
  readonly doubled: number;
  readonly byNumber: Readonly<Record<string, NumberEntry>>;
  readonly byPayment: Readonly<Record<string, number>>;
}

export interface CallbackTally {
  readonly sent: number;
  readonly delivered: number;
  readonly refused: number;
  readonly givenUp: number;
  readonly stripeRequests: number;
}

/** Good for nothing but the simulator. */
export const simulatedSecrets = {
  channel: 'simulated-channel-secret',
  payer: 'simulated-payer-secret',
  stripeKey: 'sk_test_simulated',
  stripeWebhook: 'whsec_simulated',
} as const;

export class ChannelSimulator {
  private constructor(private readonly program: SimulatedProgram) {}

  /** `environment`: see the head of channel-program.mjs. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ChannelSimulator> {
    return new ChannelSimulator(await SimulatedProgram.start('channel/channel-program.mjs', environment));
  }

  get url(): string {
    return this.program.url;
  }

  get channelUrl(): string {
    return `${this.url}/channel`;
  }

  get payerUrl(): string {
    return `${this.url}/payer`;
  }

  takePayments(...payments: readonly SimulatedPayment[]): Promise<unknown> {
    return this.program.control('PUT', 'payments', { payments });
  }

  /** What the next requests under `number` meet, one step each; afterwards the weather. */
  plan(number: string, ...steps: readonly ChannelStep[]): Promise<unknown> {
    return this.program.control('PUT', `plans/${encodeURIComponent(number)}`, { steps });
  }

  weather(odds: ChannelOdds): Promise<unknown> {
    return this.program.control('PUT', 'weather', odds);
  }

  callbacksTo(urls: {
    readonly generic?: string;
    readonly stripe?: string;
    readonly payer?: string;
  }): Promise<unknown> {
    return this.program.control('PUT', 'callbacks', urls);
  }

  /** A callback now; `status` need not be true. */
  deliver(number: string, protocol: 'generic' | 'stripe' | 'payer', status?: string): Promise<unknown> {
    return this.program.control('POST', 'deliver', { number, protocol, ...(status === undefined ? {} : { status }) });
  }

  /** The money of everything that is pending moves now; nobody is told. */
  settle(): Promise<unknown> {
    return this.program.control('POST', 'settle');
  }

  /** Money that somebody moves in the channel's console; under `number`, or under none of ours. */
  async moveByHand(movement: SimulatedPayment & { readonly number?: string }): Promise<string> {
    const { reference } = (await this.program.control('POST', 'movements', movement)) as { reference: string };
    return reference;
  }

  book(of: 'channel' | 'payer' = 'channel'): Promise<ChannelSummary> {
    return this.program.control('GET', `book/${of}`) as Promise<ChannelSummary>;
  }

  tally(): Promise<CallbackTally> {
    return this.program.control('GET', 'tally') as Promise<CallbackTally>;
  }

  /** Fair weather, no plans; the books stay. */
  clear(): Promise<unknown> {
    return this.program.control('POST', 'clear');
  }

  stop(): Promise<void> {
    return this.program.end('SIGTERM');
  }
}
