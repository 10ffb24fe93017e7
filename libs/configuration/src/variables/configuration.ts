/** Reads the whole table before it complains, so that an operator mends a deployment in one go. */
import { ConfigurationError } from './configuration.errors.js';
import type { Configuration, VariableTable } from './variable.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The typed configuration of `table`, read from `environment`.
 * Throws one {@link ConfigurationError} that names every missing or malformed variable.
 */
export function loadConfig<T extends VariableTable>(
  table: T,
  environment: Environment = process.env,
): Configuration<T> {
  const problems: { name: string; rule: string }[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(table)) {
    const text = environment[variable.name]?.trim();
    if (text === undefined || text === '') {
      if (variable.fallback) values[key] = variable.fallback();
      else problems.push({ name: variable.name, rule: 'is required and not set' });
      continue;
    }
    try {
      values[key] = variable.read(text);
    } catch (error) {
      problems.push({ name: variable.name, rule: error instanceof Error ? error.message : 'cannot be read' });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.freeze(values) as Configuration<T>;
}
