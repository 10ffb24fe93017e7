/** The checked-in documents are what the tables say, or this fails. `UPDATE_DOCS=1` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { asyncApiDocument } from './asyncapi.js';
import { errorsMarkdown } from './errors-markdown.js';
import { eventsMarkdown } from './events-markdown.js';

const HEADER =
  '# Generated from libs/contracts/src/events; a spec fails when this file is stale. Regenerate with UPDATE_DOCS=1.\n';
const asyncApiYaml = (): string =>
  HEADER + stringify(asyncApiDocument(), { lineWidth: 0, aliasDuplicateObjects: false });

const generated = {
  'errors.md': errorsMarkdown,
  'events.md': eventsMarkdown,
  'asyncapi.yaml': asyncApiYaml,
} as const;

const pathOf = (name: string): string => fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));

/** Every `$ref` of a document, at any depth. */
function refsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(refsOf);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : refsOf(value)));
}

const resolve = (document: unknown, ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);

describe('generated documents', () => {
  it.each(Object.entries(generated))('docs/%s is checked in as the tables say it', (name, generate) => {
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(pathOf(name), generate());
    expect(readFileSync(pathOf(name), 'utf8')).toBe(generate());
  });

  it('AsyncAPI: every reference leads somewhere', () => {
    const document: unknown = parse(asyncApiYaml());
    const refs = refsOf(document);
    expect(refs.length).toBeGreaterThan(20);
    expect(refs.filter((ref) => resolve(document, ref) === undefined)).toEqual([]);
  });

  it('AsyncAPI: one channel, one operation and one message for each published event', () => {
    const document = asyncApiDocument() as { channels: object; operations: object; components: { messages: object } };
    const keys = Object.keys(document.channels);
    expect(keys).toContain('orderLatePayment');
    expect(Object.keys(document.operations)).toEqual(keys);
    expect(Object.keys(document.components.messages)).toEqual(keys);
  });
});
