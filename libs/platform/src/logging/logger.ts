/**
 * The log as the house sees it: a message that is the same every time, and facts beside it. Every library takes this
 * interface and knows nothing of pino. Facts never carry personal data; the known names are blanked all the same.
 */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  /** An `error` fact of type Error is written with type, code, message, stack and cause. */
  error(message: string, facts?: LogFacts): void;
  /** A logger that adds `facts` to every line. */
  child(facts: LogFacts): Logger;
}

const nothing = (): void => undefined;

/** Says nothing; for specs and tools. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
