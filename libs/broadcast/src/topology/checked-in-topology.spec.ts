/** The files under topology/: they load, and every event of the catalogue has a queue. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { eventCatalogue } from '@ordo/contracts';
import { loadTopology } from './load-topology.js';
import { InvalidTopology } from './topology.errors.js';

const directory = join(dirname(fileURLToPath(import.meta.url)), '../../../../topology');

describe('the checked-in topology', () => {
  const { exchanges, streams, queues } = loadTopology(directory);

  it('has the three exchanges of the house', () => {
    expect(exchanges).toEqual(['ordo.delivery', 'ordo.order', 'ordo.refund']);
  });

  it.each(['ordo.delivery', 'ordo.order', 'ordo.refund'])('keeps every event of %s for seven days', (exchange) => {
    const stream = streams.find((each) => each.exchange === exchange);
    expect(stream).toMatchObject({ name: `${exchange}.stream`, maxAgeDays: 7 });
  });

  it('sends every order event of both business types to the demonstration', () => {
    const keys = loadTopology(join(directory, 'demonstration'))
      .queues.find(({ name }) => name === 'ordo.order.demo.journey')
      ?.bindings.map(({ routingKey }) => routingKey);
    for (const { exchange, routingEvent } of Object.values(eventCatalogue)) {
      if (exchange !== 'ordo.order') continue;
      expect(keys).toEqual(expect.arrayContaining([`takeout.${routingEvent}`, `virtual.${routingEvent}`]));
    }
  });

  it('says of every queue who owns it', () => {
    for (const { owner } of queues) expect(owner).not.toBe('');
  });
});

describe('loadTopology', () => {
  function load(files: Readonly<Record<string, string>>): unknown {
    const folder = mkdtempSync(join(tmpdir(), 'ordo-topology-'));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return loadTopology(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('reports the problems of all files at once, each with its file', () => {
    const files = { 'a.yaml': 'exchange: [', 'b.yaml': 'exchange: ordo.order\nqueues: [{}]', 'c.yaml': '' };
    expect(() => load(files)).toThrow(InvalidTopology);
    expect(() => load(files)).toThrow(/a\.yaml: .*b\.yaml: .*c\.yaml: /s);
  });

  it('refuses a misspelt event of the catalogue', () => {
    const text = `
      exchange: ordo.order
      queues:
        - { name: ordo.order.a.b, owner: a, overflow: drop-head, bindings: [{ bizType: takeout, events: [payed] }] }`;
    expect(() => load({ 'a.yaml': text })).toThrow(/payed/);
  });

  it('refuses a directory without files: a house without exchanges publishes nothing', () => {
    expect(() => load({ 'notes.txt': '' })).toThrow(InvalidTopology);
  });
});
