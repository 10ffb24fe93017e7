/** The outcomes that `timers show` foretells, against the document that is generated from the order app's state tables. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { deadlineOutcomes } from './deadline-outcome.rules.js';

const document = readFileSync('docs/state-diagram.md', 'utf8');
/** `| CREATED  | after 15 min: invalidate (20 PAY_TIMEOUT)   |` */
const ENDS = /^\| (\w+) +\| after [^:]+: (\w+)(?: \((\d+) \w+\))? +\|/gm;
/** `| CREATED   | invalidate | INVALID   | USER, SYSTEM …` */
const rowsOf = (from: string, command: string): RegExp => new RegExp(`^\\| ${from} +\\| ${command} +\\| (\\w+) `, 'm');

const told = [...document.matchAll(ENDS)].map(([, from = '', command = '', reason]) => ({
  from,
  becomes: rowsOf(from, command).exec(document)?.[1],
  ...(reason === undefined ? {} : { reasonCode: Number(reason) }),
}));

describe('the foretold outcome of a deadline', () => {
  it('is the one that the state tables say, for every state that ends by itself', () => {
    expect(told.length).toBeGreaterThanOrEqual(7);
    for (const { from, ...outcome } of told)
      expect({ [from]: deadlineOutcomes[from as never] }).toEqual({ [from]: outcome });
    expect(new Set(told.map(({ from }) => from))).toEqual(new Set(Object.keys(deadlineOutcomes)));
  });
});
