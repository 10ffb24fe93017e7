/** Nest's own lines in the house's format. Its start-up chatter (one line per route and module) is debug here. */
import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(textOf(message), factsOf(rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(textOf(message), factsOf(rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(textOf(message), factsOf(rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(textOf(message), factsOf(rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const error = message instanceof Error ? { error: message } : {};
    this.logger.error(textOf(message), { ...factsOf(rest), ...error });
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? String(message));
}

/** Nest appends the context (a class name) last, and a stack before it for errors. */
function factsOf(rest: readonly unknown[]): Record<string, unknown> {
  const context = rest.at(-1);
  const more = rest.slice(0, -1);
  return {
    ...(typeof context === 'string' ? { component: context } : {}),
    ...(more.length > 0 ? { more } : {}),
  };
}
