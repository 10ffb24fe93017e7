/** The rules file, checked whole before anything is granted by it: shape, sense, and that no version is there twice. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CompensationAsset, LiableParty } from '@ordo/contracts';
import { InvariantViolation } from '@ordo/kernel';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { isRising } from './compensation.rules.js';
import type { CompensationRule } from './compensation-rule.js';

const amount = { type: 'integer', minimum: 1, maximum: 100_000_000 };

const ruleSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['rule', 'version', 'bizTypes', 'validFrom', 'asset', 'liable', 'currency', 'tiers', 'budget'],
  properties: {
    rule: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,31}$' },
    version: { type: 'integer', minimum: 1 },
    bizTypes: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', pattern: '^[a-z_]{1,16}$' } },
    city: { type: 'string', minLength: 1, maxLength: 32 },
    validFrom: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,12}Z$' },
    asset: { enum: Object.values(CompensationAsset) },
    liable: { enum: Object.values(LiableParty) },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    basis: { type: 'string', pattern: '^[a-z][A-Za-z]{1,31}$' },
    tiers: {
      type: 'array',
      minItems: 1,
      items: {
        ...{ type: 'object', additionalProperties: false, required: ['from', 'amount'] },
        properties: { from: { type: 'number', minimum: 0 }, amount },
      },
    },
    budget: {
      ...{ type: 'object', additionalProperties: false, required: ['perDay'] },
      properties: { perDay: { type: 'integer', minimum: 0, maximum: 999_999_999_999 } },
    },
  },
} as const;

const fileSchema = {
  ...{ type: 'object', additionalProperties: false, required: ['rules'] },
  properties: { rules: { type: 'array', minItems: 1, items: ruleSchema } },
};

const validate = new Ajv2020({ allErrors: true }).compile(fileSchema);

/** Every rule of `content`. Throws with all problems at once, each with its place. */
export function checkedRules(content: unknown): readonly CompensationRule[] {
  const problems = validate(content) ? senseOf((content as { rules: CompensationRule[] }).rules) : shapeProblems();
  if (problems.length > 0) {
    throw new InvariantViolation(`the rules of compensation are wrong: ${problems.join('; ')}`, { problems });
  }
  return (content as { rules: CompensationRule[] }).rules;
}

const shapeProblems = (): string[] =>
  (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);

function senseOf(rules: readonly CompensationRule[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { rule, version, city, bizTypes, currency, basis, tiers, validFrom } of rules) {
    const place = `${rule} version ${version}`;
    for (const bizType of bizTypes) {
      const key = [rule, version, city ?? '', bizType, currency].join('|');
      if (seen.has(key)) problems.push(`${place} is there twice for ${bizType}`);
      seen.add(key);
    }
    if (!isRising(tiers)) problems.push(`${place} has tiers that do not rise`);
    if (basis === undefined && (tiers.length !== 1 || tiers[0]?.from !== 0)) {
      problems.push(`${place} counts by nothing and needs one tier from 0`);
    }
    if (Number.isNaN(Date.parse(validFrom))) problems.push(`${place} is valid from no time`);
  }
  return problems;
}

/** The file `path`, or `compensation/rules.yaml` of the repository that holds this file, found from `src` and from `dist` alike. */
export function loadRules(path: string = rulesFile()): readonly CompensationRule[] {
  return checkedRules(parse(readFileSync(path, 'utf8')));
}

function rulesFile(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'compensation/rules.yaml');
    if (existsSync(join(folder, 'package.json')) && existsSync(file)) return file;
  }
  throw new InvariantViolation(`no compensation/rules.yaml beside a package.json above ${import.meta.dirname}`);
}
