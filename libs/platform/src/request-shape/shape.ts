/**
 * From parsed JSON to a checked DTO instance. Unknown fields are refused, not dropped: a misspelt optional field would otherwise be
 * lost in silence. A well-formed request takes the compiled path, which runs class-validator's own constraints without its
 * bookkeeping (the hot path of placement); only a request that fails it pays for class-validator's full report.
 */
import { refuseViolations, type Violation } from '@ordo/contracts';
import { type ValidationError, validateSync } from 'class-validator';
import { type CompiledShape, compiledShapeOf } from './compiled-shape.js';
import type { DtoClass } from './field-registry.js';

/** A caller mends a request by the first violations; a hostile one must not make us write a million. */
const MAX_VIOLATIONS = 20;
/** What class-validator calls an entry that is no object. */
const NESTED = 'nestedValidation';

/** An instance of `dto` built from `raw`. Throws Refusal INVALID_ARGUMENT with `details.violations`, one per wrong field. */
export function shape<T extends object>(dto: DtoClass<T>, raw: unknown): T {
  const violations: Violation[] = [];
  if (!isObject(raw)) {
    throw refuseViolations([{ field: '', rule: 'object', message: 'the request must be a JSON object' }]);
  }
  const compiled = compiledShapeOf(dto);
  const instance = build(compiled, raw, '', violations) as T;
  if (violations.length === 0 && compiled.holds(instance)) return instance;
  collect(
    validateSync(instance, { forbidUnknownValues: false, validationError: { target: false, value: false } }),
    '',
    violations,
  );
  if (violations.length === 0) return instance;
  throw refuseViolations(violations.slice(0, MAX_VIOLATIONS));
}

function build(
  compiled: CompiledShape,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  violations: Violation[],
): object {
  const instance = new compiled.dto() as Record<string, unknown>;
  for (const name of Object.keys(raw)) {
    const field = compiled.fields.get(name);
    if (field === undefined) {
      if (violations.length < MAX_VIOLATIONS)
        violations.push({ field: `${path}${name}`, rule: 'unknownField', message: 'is not a field of this request' });
      continue;
    }
    const value = field.read === undefined ? raw[name] : field.read(raw[name]);
    if (value === null && field.optional) continue;
    instance[name] =
      field.nested === undefined ? value : buildNested(field.nested(), value, `${path}${name}`, violations);
  }
  return instance;
}

/** What is no object stays as it came, for the rules to refuse. */
function buildNested(dto: DtoClass, value: unknown, path: string, violations: Violation[]): unknown {
  const compiled = compiledShapeOf(dto);
  if (isObject(value)) return build(compiled, value, `${path}.`, violations);
  if (!Array.isArray(value)) return value;
  return value.map((entry: unknown, index) =>
    isObject(entry) ? build(compiled, entry, `${path}[${index}].`, violations) : entry,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(errors: readonly ValidationError[], path: string, violations: Violation[]): void {
  for (const error of errors) {
    const field = /^\d+$/.test(error.property) ? `${path.slice(0, -1)}[${error.property}]` : `${path}${error.property}`;
    const [broken] = Object.entries(error.constraints ?? {});
    if (broken !== undefined)
      violations.push({ field, rule: broken[0] === NESTED ? 'object' : broken[0], message: broken[1] });
    else collect(error.children ?? [], `${field}.`, violations);
  }
}
