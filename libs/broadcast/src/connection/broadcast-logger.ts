/** What this library needs of a logger; a pino logger fits as it is. Facts carry ids and reasons, never personal data. */
export interface BroadcastLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export const silentLogger: BroadcastLogger = { info: () => {}, warn: () => {}, error: () => {} };
