/** An answer against what it must say. Pure. */
import type { Answer } from '../demonstration/order-api.js';

/** Members of the body that matter, compared as JSON. */
export type Expectation = Readonly<Record<string, unknown>>;

/** One sentence for each member that differs; empty: as expected. */
export function differences({ http, body }: Answer, dueHttp: number, expect: Expectation): readonly string[] {
  const status = http === dueHttp ? [] : [`the HTTP status is ${http} (${String(body['code'])}), not ${dueHttp}`];
  const members = Object.entries(expect).flatMap(([name, due]) => {
    const [found, wanted] = [JSON.stringify(body[name]), JSON.stringify(due)];
    return found === wanted ? [] : [`${name} is ${found}, not ${wanted}`];
  });
  return [...status, ...members];
}
