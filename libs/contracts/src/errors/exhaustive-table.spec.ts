/** The error table is exhaustive: every code that any room raises has an entry of the same family. Read from the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ErrorFamily } from '@ordo/kernel';
import { type ErrorEntry, errorTable, isErrorCode } from './error-table.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const RAISED = /(?:\b(refuse|transient)|new (Refusal|Transient)|\bsuper)\(\s*'([A-Z][A-Z_]+)'/g;
const EXTENDED = /extends (Refusal|Transient|InvariantViolation|OrdoError)\b/;

const sources = ['apps', 'libs', 'migrations'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.includes('node_modules'))
    .map((path) => join(room, path)),
);

interface Raised {
  readonly code: string;
  readonly family: ErrorFamily | undefined;
  readonly path: string;
}

const familyOf = (word: string | undefined): ErrorFamily | undefined => {
  if (word === undefined) return undefined;
  return word.toLowerCase().startsWith('ref') ? ErrorFamily.REFUSAL : ErrorFamily.TRANSIENT;
};

const raised: readonly Raised[] = sources.flatMap((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const extending = EXTENDED.test(text);
  return [...text.matchAll(RAISED)]
    .filter(([call]) => !call.startsWith('super') || extending)
    .map(([, helper, family, code = '']) => ({ code, family: familyOf(helper ?? family), path }));
});

describe('the error table', () => {
  it('has an entry for every code that a room raises', () => {
    expect(raised.length).toBeGreaterThan(20);
    expect(raised.filter(({ code }) => !isErrorCode(code))).toEqual([]);
  });

  it('gives every raised code the family that it is raised as', () => {
    const entryOf = (code: string): ErrorEntry | undefined => (isErrorCode(code) ? errorTable[code] : undefined);
    const otherwise = raised.filter(({ code, family }) => family !== undefined && entryOf(code)?.family !== family);
    expect(otherwise).toEqual([]);
  });
});
