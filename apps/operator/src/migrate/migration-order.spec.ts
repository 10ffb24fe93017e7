/** What the runner demands of the house's own lists, so that a second app's migration between two of another is seen before it lands. */
import { describe, expect, it } from '@jest/globals';
import { migrations, nodeMigrations } from '@ordo/migrations';

const namesOf = (classes: readonly (new () => { readonly name: string })[]): string[] =>
  classes.map((Migration) => new Migration().name);

describe('the migrations of a dimension', () => {
  it.each(Object.entries(migrations))('of %s stand in the order of their names, each name once', (_, classes) => {
    const names = namesOf(classes);
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(Object.entries(migrations).filter(([name]) => name.endsWith('_node')))(
    'of %s hold all of what every node has',
    (_, classes) => {
      expect(namesOf(classes)).toEqual(expect.arrayContaining(namesOf(nodeMigrations)));
    },
  );
});
