import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { deadlineJourneys } from './deadline-journeys.js';
import { eventsOf, rowsTaken } from './journey.js';
import { journeys, straightWays } from './journeys.js';

/** The diagram is generated from the state tables of the order app, which this app may not import; a spec of theirs guards it. */
function rowsOfDiagram(): string[] {
  const text = readFileSync(join(process.cwd(), 'docs/state-diagram.md'), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const [bizType = ''] = section.split(' ');
    const rows = section.matchAll(/^\| (\S+) +\| (place|pay|accept|receive|complete|invalidate) +\|/gm);
    return [...rows].map(([, from, command]) => `${bizType} ${from} ${command}`);
  });
}

describe('the journeys of the demonstration', () => {
  it('take every row of both state tables and no other', () => {
    const rows = rowsOfDiagram();
    expect(rows.length).toBeGreaterThan(20);
    expect([...new Set(journeys.flatMap(rowsTaken))].sort()).toEqual([...new Set(rows)].sort());
  });

  it('of deadlines take rows of the tables, too', () => {
    const rows = rowsOfDiagram();
    for (const row of deadlineJourneys.flatMap(rowsTaken)) expect(rows).toContain(row);
  });

  it('begin with a placement and name no step twice in a way that would need another event', () => {
    for (const journey of [...journeys, ...straightWays, ...deadlineJourneys]) {
      expect(journey.steps[0]?.command).toBe('place');
      expect(eventsOf(journey)[0]).toBe('order.created');
      expect(eventsOf(journey).filter((name) => name === 'order.created')).toHaveLength(1);
    }
  });
});
