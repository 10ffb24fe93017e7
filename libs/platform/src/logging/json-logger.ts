/** The production logger: pino, one JSON object per line on standard output, written off the hot path. */
import pino, { type DestinationStream, type Logger as Pino } from 'pino';
import type { LogFacts, Logger } from './logger.js';
import { redact, redactText } from './redaction.js';

export interface JsonLoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The program, as `service` in every line. */
  readonly service: string;
  /** Where lines go; default standard output, asynchronously. */
  readonly destination?: DestinationStream & { flushSync?(): void };
}

export class JsonLogger implements Logger {
  private constructor(
    private readonly pino: Pino,
    /** Writes what is buffered; call it last, the process may exit right after. */
    readonly flush: () => void,
  ) {}

  static create(options: JsonLoggerOptions): JsonLogger {
    const destination = options.destination ?? pino.destination({ dest: 1, sync: false });
    const level = { level: options.level, base: { service: options.service }, messageKey: 'message' };
    const root = pino(
      { ...level, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
      destination,
    );
    return new JsonLogger(root, () => flushQuietly(destination));
  }

  debug(message: string, facts?: LogFacts): void {
    if (this.pino.isLevelEnabled('debug')) this.pino.debug(safe(facts), redactText(message));
  }

  info(message: string, facts?: LogFacts): void {
    if (this.pino.isLevelEnabled('info')) this.pino.info(safe(facts), redactText(message));
  }

  warn(message: string, facts?: LogFacts): void {
    if (this.pino.isLevelEnabled('warn')) this.pino.warn(safe(facts), redactText(message));
  }

  error(message: string, facts?: LogFacts): void {
    if (this.pino.isLevelEnabled('error')) this.pino.error(safe(facts), redactText(message));
  }

  child(facts: LogFacts): JsonLogger {
    return new JsonLogger(this.pino.child(safe(facts)), this.flush);
  }
}

function safe(facts: LogFacts | undefined): Record<string, unknown> {
  return facts === undefined ? {} : (redact(facts) as Record<string, unknown>);
}

/** A destination that is not open yet refuses a synchronous flush; then there is nothing buffered worth an exception. */
function flushQuietly(destination: { flushSync?(): void }): void {
  try {
    destination.flushSync?.();
  } catch {
    return;
  }
}
