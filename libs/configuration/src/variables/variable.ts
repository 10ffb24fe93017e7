/**
 * Configuration is one declarative table: a name, how its text is read, and what holds when it is absent.
 * A reader throws an Error whose message says the rule; the message must never repeat the text, because the text may be a secret.
 */
export interface Variable<T> {
  readonly name: string;
  readonly read: (text: string) => T;
  /** Absent means required. */
  readonly fallback?: () => T;
}

export type VariableTable = Readonly<Record<string, Variable<unknown>>>;
export type Configuration<T extends VariableTable> = {
  readonly [K in keyof T]: T[K] extends Variable<infer V> ? V : never;
};

/** A variable that must be set. */
export function required<T>(name: string, read: (text: string) => T): Variable<T> {
  return { name, read };
}

/** A variable with a value of its own when it is absent or empty. */
export function optional<T>(name: string, read: (text: string) => T, fallback: T): Variable<T> {
  return { name, read, fallback: () => fallback };
}
