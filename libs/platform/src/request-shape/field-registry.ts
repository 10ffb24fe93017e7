/**
 * What class-validator's own metadata does not say: which class a nested field is built from, and how a query text becomes a
 * number. The house decorators write it; `shape` reads it once per class.
 */
export type DtoClass<T extends object = object> = new () => T;

export interface FieldFacts {
  readonly optional: boolean;
  readonly nested?: () => DtoClass;
  /** Turns the raw value into what the rules look at; leaves what it cannot read. */
  readonly read?: (raw: unknown) => unknown;
}

const registry = new Map<object, Map<string, FieldFacts>>();

export function registerField(prototype: object, field: string, facts: FieldFacts): void {
  const fields = registry.get(prototype) ?? new Map<string, FieldFacts>();
  fields.set(field, facts);
  registry.set(prototype, fields);
}

/** The fields of a DTO class, those of its base classes included. */
export function fieldsOf(dto: DtoClass): ReadonlyMap<string, FieldFacts> {
  const fields = new Map<string, FieldFacts>();
  for (let at: object | null = dto.prototype; at !== null; at = Object.getPrototypeOf(at)) {
    for (const [name, facts] of registry.get(at) ?? []) if (!fields.has(name)) fields.set(name, facts);
  }
  return fields;
}
