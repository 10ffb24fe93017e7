/**
 * The end of a process, in order: say "not ready", let the front finish what it accepted, drain the work behind it, close the links.
 * What was accepted is finished or, past the deadline, given up; either is safe, because nothing was answered before it was durable.
 */
import type { Logger } from '../logging/logger.js';

/** Orchestrators commonly kill after 30 s; half of it leaves room for a slow start of the stop. */
const DEADLINE_MS = 15_000;

/** In this order; the steps of one stage run one after the other in the order they were added. */
export const StopStage = {
  /** Turn away new work: health answers 503. */
  ANNOUNCE: 'announce',
  /** Close the servers after their in-flight calls. */
  FRONT: 'front',
  /** End loops and consumers, drain batches, release leases. */
  WORK: 'work',
  /** Close pools and connections. */
  LINKS: 'links',
} as const;
export type StopStage = (typeof StopStage)[keyof typeof StopStage];

export interface GracefulStopOptions {
  readonly logger: Logger;
  /** For all steps together. Default 15,000. */
  readonly deadlineMs?: number;
  /** Ends the process; default flushes nothing and calls process.exit. */
  readonly exit?: (code: number) => void;
}

interface StopStep {
  readonly label: string;
  readonly stage: StopStage;
  readonly run: () => unknown;
}

export class GracefulStop {
  private readonly steps: StopStep[] = [];
  private stopping: Promise<void> | undefined;
  private readonly exit: (code: number) => void;

  constructor(private readonly options: GracefulStopOptions) {
    this.exit = options.exit ?? ((code) => process.exit(code));
  }

  add(stage: StopStage, label: string, run: () => unknown): void {
    this.steps.push({ stage, label, run });
  }

  /** SIGTERM and SIGINT stop the process; the second of them forces. A fault that nobody caught is logged and stops it too. */
  listen(): void {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (this.stopping !== undefined) return this.exit(1);
      void this.stop(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    process.on('uncaughtException', (error) => this.stopForFault(error));
    process.on('unhandledRejection', (error) => this.stopForFault(error));
  }

  /** Runs all steps and ends the process: code 0 when each ended well within the deadline, else 1. Safe to repeat. */
  stop(reason: string): Promise<void> {
    this.stopping ??= this.run(reason, 0);
    return this.stopping;
  }

  private stopForFault(error: unknown): void {
    this.options.logger.error('a fault that nobody caught; stopping', { error });
    this.stopping ??= this.run('fault', 1);
  }

  private async run(reason: string, codeSoFar: number): Promise<void> {
    const { logger, deadlineMs = DEADLINE_MS } = this.options;
    logger.info('stopping', { reason, deadlineMs });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        logger.error('the stop ran past its deadline; what is left is given up', { deadlineMs });
        resolve(false);
      }, deadlineMs);
    });
    const clean = await Promise.race([this.runSteps(), deadline]);
    clearTimeout(timer);
    logger.info('stopped', { clean });
    this.exit(clean ? codeSoFar : 1);
  }

  private async runSteps(): Promise<boolean> {
    let clean = true;
    for (const stage of Object.values(StopStage)) {
      for (const { label, run } of this.steps.filter((step) => step.stage === stage)) {
        clean = (await this.runStep(label, run)) && clean;
      }
    }
    return clean;
  }

  /** A step that fails must not keep the later ones from running: a lease unreleased costs others a wait. */
  private async runStep(label: string, run: () => unknown): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.options.logger.error('a stop step failed', { label, error });
      return false;
    }
  }
}
