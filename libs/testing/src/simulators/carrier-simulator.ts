/**
 * The simulated carrier as a process of its own (`test/simulators/carrier`), and what a spec may say to it. It outlives what it is used to
 * break; whoever starts it ends it.
 */
import { SimulatedProgram } from './simulated-program.js';

/** One call of an order, and what comes of it; what is absent goes well. */
export interface CarrierStep {
  readonly before?: 'none' | 'drop' | 'hang' | 'fault';
  /** What happens to the answer when the call was heard. */
  readonly after?: 'none' | 'drop' | 'hang' | 'fault';
  readonly delayMs?: number;
  /** The carrier says no, with this reason. */
  readonly refuse?: string;
  readonly run?: 'deliver' | 'reject' | 'reassign' | 'exception' | 'return' | 'stall';
  /** Every report twice. */
  readonly twice?: boolean;
  /** All reports at the end, backwards. */
  readonly shuffled?: boolean;
  readonly skipped?: readonly string[];
  readonly unsigned?: boolean;
  /** Reports name the first attempt, whatever was called. */
  readonly oldAttempt?: boolean;
  readonly courier?: string;
}

/** Probabilities from 0 to 1, and waits in ms up to which is drawn. */
export interface CarrierOdds {
  readonly seed?: number;
  /** Nothing is answered at all. */
  readonly silent?: boolean;
  readonly lostRequest?: number;
  readonly lostAnswer?: number;
  readonly hang?: number;
  readonly fault?: number;
  readonly refused?: number;
  readonly delayMs?: number;
  readonly twice?: number;
  readonly shuffled?: number;
  readonly skipped?: number;
  /** What couriers do where no plan says otherwise. */
  readonly run?: CarrierStep['run'];
}

export interface WaybillEntry {
  readonly calls: number;
  readonly cancelled: boolean;
  readonly tip: number;
  readonly reports: readonly string[];
}

export interface CarrierSummary {
  readonly calls: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly cancelled: number;
  readonly tips: number;
  readonly pulled: number;
  readonly waybills: number;
  readonly byWaybill: Readonly<Record<string, WaybillEntry>>;
}

export interface ReportTally {
  readonly sent: number;
  readonly taken: number;
  readonly refused: number;
  readonly givenUp: number;
  readonly byCode: Readonly<Record<string, number>>;
}

/** Good for nothing but the simulator. */
export const simulatedCarrierSecrets = {
  hub: 'simulated-carrier-secret-of-no-worth',
  driveSigning: 'c2ltdWxhdGVkLWRyaXZlLXNlY3JldA==',
  driveWebhook: 'simulated-drive-webhook-token',
} as const;

export class CarrierSimulator {
  private constructor(private readonly program: SimulatedProgram) {}

  /** `scale`: how much faster than life its couriers are; default a thousand times. */
  static async start(options: { readonly port?: number; readonly scale?: number } = {}): Promise<CarrierSimulator> {
    const environment = { PORT: String(options.port ?? 0), SCALE: String(options.scale ?? 0.001) };
    return new CarrierSimulator(await SimulatedProgram.start('carrier/carrier-program.mjs', environment));
  }

  get url(): string {
    return this.program.url;
  }

  /** Where the carrier of our contract answers. */
  get hubUrl(): string {
    return `${this.url}/hub/v1`;
  }

  get driveUrl(): string {
    return this.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** What the next calls of an order meet, one step each; afterwards the weather. */
  plan(orderId: string, ...steps: readonly CarrierStep[]): Promise<unknown> {
    return this.program.control('PUT', `plans/${orderId}`, { steps });
  }

  weather(odds: CarrierOdds): Promise<unknown> {
    return this.program.control('PUT', 'weather', odds);
  }

  /** Base of the platform's routes: `http://…/v1/carriers/hub`. */
  callbacksTo(urls: { readonly hub?: string; readonly drive?: string }): Promise<unknown> {
    return this.program.control('PUT', 'callbacks', urls);
  }

  /** A report now, that need not be true; answers the status that the platform gave. */
  async report(waybillId: string, report: Readonly<Record<string, unknown>>): Promise<number> {
    const { status } = (await this.program.control('POST', `report/${waybillId}`, report)) as { status: number };
    return status;
  }

  /** The compensating pull; answers how many waybills were taken. */
  async pull(): Promise<number> {
    const { taken } = (await this.program.control('POST', 'pull')) as { taken: number };
    return taken;
  }

  book(): Promise<CarrierSummary> {
    return this.program.control('GET', 'book') as Promise<CarrierSummary>;
  }

  tally(): Promise<ReportTally> {
    return this.program.control('GET', 'tally') as Promise<ReportTally>;
  }

  /** Fair weather, no plans; the book stays. */
  clear(): Promise<unknown> {
    return this.program.control('POST', 'clear');
  }

  /** As a crash does. */
  kill(): Promise<void> {
    return this.program.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.program.end('SIGTERM');
  }
}
