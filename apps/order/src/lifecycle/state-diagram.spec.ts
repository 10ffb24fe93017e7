/** docs/state-diagram.md is what the tables say, or this fails. `UPDATE_DOCS=1` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { businessTypes } from './order.state.js';
import { stateDiagramMarkdown, stateDiagramOf } from './state-diagram.js';

const document = fileURLToPath(new URL('../../../../docs/state-diagram.md', import.meta.url));

describe('the state diagram', () => {
  it('draws every move of every business type exactly once', () => {
    for (const type of businessTypes) {
      const arrows = stateDiagramOf(type).match(/^ {2}\S+ --> \S+: \w+$/gm) ?? [];
      expect(arrows).toHaveLength(type.transitions.filter((row) => row.from !== row.to).length);
      expect(new Set(arrows).size).toBe(arrows.length);
    }
  });

  it('is checked in as the tables say it', () => {
    const generated = stateDiagramMarkdown(businessTypes);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, generated);
    expect(readFileSync(document, 'utf8')).toBe(generated);
  });
});
