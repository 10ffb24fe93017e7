/**
 * The house's field decorators: one declaration gives the class-validator rule, the OpenAPI schema and the whitelist entry. A field of
 * a DTO without one of these is unknown to `shape`. Every rule is one constraint, so one wrong field gives one violation.
 */
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { isDecimalId } from '@ordo/kernel';
import { IsOptional, registerDecorator, ValidateNested } from 'class-validator';
import { type DtoClass, type FieldFacts, registerField } from './field-registry.js';

export interface FieldOptions {
  /** An absent or null field is accepted and is absent in the instance. Default false. */
  readonly optional?: boolean;
  readonly description?: string;
  readonly example?: unknown;
}

interface Rule {
  readonly name: string;
  /** Completes "<field> …", e.g. "must be a decimal id". */
  readonly message: string;
  readonly holds: (value: unknown) => boolean;
  readonly schema: ApiPropertyOptions;
  readonly facts?: Omit<FieldFacts, 'optional'>;
}

/** 2^53 − 1: beyond it a JSON number is no longer the number that was sent. */
const MAX_AMOUNT = Number.MAX_SAFE_INTEGER;
/** Lone surrogates, and control characters but tab and line ends: they garble logs, receipts and printers. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]|\p{Surrogate}/u;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const WHOLE_TEXT = /^-?\d{1,15}$/;

/** A field under `rule`; the other decorators of this file are made of it, and apps may make theirs. */
export function Field(rule: Rule, options: FieldOptions = {}): PropertyDecorator {
  const { optional = false, description, example } = options;
  return (prototype, property) => {
    const propertyName = String(property);
    registerField(prototype, propertyName, { optional, ...rule.facts });
    if (optional) IsOptional()(prototype, property);
    registerDecorator({
      name: rule.name,
      target: prototype.constructor,
      propertyName,
      validator: { validate: rule.holds, defaultMessage: () => rule.message },
    });
    const texts = {
      ...(description === undefined ? {} : { description }),
      ...(example === undefined ? {} : { example }),
    };
    ApiProperty({ ...rule.schema, ...texts, required: !optional } as ApiPropertyOptions)(prototype, property);
  };
}

/** An id: a decimal string of 1 … 2^63 − 1 without sign or leading zero. */
export const DecimalId = (options?: FieldOptions) =>
  Field(
    {
      name: 'decimalId',
      message: 'must be a string of decimal digits between 1 and 9223372036854775807',
      holds: isDecimalId,
      schema: { type: String, pattern: '^[1-9][0-9]{0,18}$' },
    },
    options,
  );

export const DecimalIdList = ({ max, ...options }: FieldOptions & { readonly max: number }) =>
  Field(
    {
      name: 'decimalIdList',
      message: `must be a list of 1 to ${max} decimal ids`,
      holds: (value) => Array.isArray(value) && value.length >= 1 && value.length <= max && value.every(isDecimalId),
      schema: { type: [String], minItems: 1, maxItems: max },
    },
    options,
  );

export interface WholeNumberOptions extends FieldOptions {
  readonly min: number;
  readonly max: number;
}

export const WholeNumber = ({ min, max, ...options }: WholeNumberOptions) =>
  Field(wholeNumber('wholeNumber', min, max), options);

/** Money in minor units of its currency: an integer of `min` (default 0) … 2^53 − 1. */
export const MinorAmount = ({ min = 0, ...options }: FieldOptions & { readonly min?: number } = {}) =>
  Field(wholeNumber('minorAmount', min, MAX_AMOUNT), options);

/** As {@link WholeNumber}, read from the text of a query parameter. */
export const QueryInteger = ({ min, max, ...options }: WholeNumberOptions) =>
  Field(
    {
      ...wholeNumber('wholeNumber', min, max),
      facts: { read: (raw) => (typeof raw === 'string' && WHOLE_TEXT.test(raw) ? Number(raw) : raw) },
    },
    options,
  );

export interface TextOptions extends FieldOptions {
  /** UTF-16 units; never less than the characters that a VARCHAR counts. */
  readonly max: number;
  /** Default 1. */
  readonly min?: number;
  readonly pattern?: RegExp;
}

/** Well-formed Unicode without control characters; a lone surrogate would be stored as something else than was sent. */
export const Text = ({ min = 1, max, pattern, ...options }: TextOptions) =>
  Field(
    {
      name: 'text',
      message: `must be a text of ${min} to ${max} characters${pattern ? ` that matches ${pattern.source}` : ' without control characters'}`,
      holds: (value) =>
        typeof value === 'string' &&
        value.length >= min &&
        value.length <= max &&
        (pattern === undefined || pattern.test(value)) &&
        !UNPRINTABLE.test(value),
      schema: { type: String, minLength: min, maxLength: max, ...(pattern ? { pattern: pattern.source } : {}) },
    },
    options,
  );

export const OneOf = <T extends string | number>(allowed: readonly T[], options?: FieldOptions) =>
  Field(
    {
      name: 'oneOf',
      message: `must be one of ${allowed.join(', ')}`,
      holds: (value) => (allowed as readonly unknown[]).includes(value),
      schema: { enum: [...allowed] },
    },
    options,
  );

/** A list of words, each one of `allowed`, none twice. */
export const WordList = <T extends string>(allowed: readonly T[], options?: FieldOptions) =>
  Field(
    {
      name: 'wordList',
      message: `must be a list of ${allowed.join(', ')}, each at most once`,
      holds: (value) =>
        Array.isArray(value) &&
        value.length <= allowed.length &&
        value.every((word) => (allowed as readonly unknown[]).includes(word)) &&
        new Set(value).size === value.length,
      schema: { type: 'array', items: { type: 'string', enum: [...allowed] }, uniqueItems: true },
    },
    options,
  );

/** A list of texts under the rule of {@link Text}. */
export const TextList = ({
  maxItems,
  max,
  ...options
}: FieldOptions & { readonly maxItems: number; readonly max: number }) =>
  Field(
    {
      name: 'textList',
      message: `must be a list of up to ${maxItems} texts of 1 to ${max} characters without control characters`,
      holds: (value) =>
        Array.isArray(value) &&
        value.length <= maxItems &&
        value.every(
          (text) => typeof text === 'string' && text.length >= 1 && text.length <= max && !UNPRINTABLE.test(text),
        ),
      schema: { type: 'array', items: { type: 'string', minLength: 1, maxLength: max }, maxItems },
    },
    options,
  );

/** An instant in ISO 8601 with its zone; `Date.parse` reads it. */
export const Timestamp = (options?: FieldOptions) =>
  Field(
    {
      name: 'timestamp',
      message: 'must be an ISO 8601 instant with a zone, such as 2026-11-20T10:00:00.000Z',
      holds: (value) =>
        typeof value === 'string' &&
        INSTANT.test(value) &&
        isCalendarDay(value.slice(0, 10)) &&
        !Number.isNaN(Date.parse(value)),
      schema: { type: String, format: 'date-time' },
    },
    options,
  );

/** A day of the calendar, YYYY-MM-DD. */
export const CalendarDay = (options?: FieldOptions) =>
  Field(
    {
      name: 'calendarDay',
      message: 'must be a day such as 2026-11-20',
      holds: (value) => typeof value === 'string' && DAY.test(value) && isCalendarDay(value),
      schema: { type: String, format: 'date' },
    },
    options,
  );

/** Any JSON object; what is in it is another rule's business (a business type's schema). */
export const JsonObject = (options?: FieldOptions) =>
  Field(
    {
      name: 'jsonObject',
      message: 'must be a JSON object',
      holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      schema: { type: 'object', additionalProperties: true },
    },
    options,
  );

/** An object that is itself a DTO. */
export function Nested(dto: () => DtoClass, options: FieldOptions = {}): PropertyDecorator {
  const rule: Rule = {
    name: 'object',
    message: 'must be an object',
    holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    // Swagger takes a function for lazy only when it is named `type`, as one written in this place is.
    schema: { type: () => dto() },
    facts: { nested: dto },
  };
  return (prototype, property) => {
    Field(rule, options)(prototype, property);
    ValidateNested({ message: 'must be an object' })(prototype, property);
  };
}

export interface ListOptions extends FieldOptions {
  /** Default 0. */
  readonly min?: number;
  readonly max: number;
}

/** A list whose entries are DTOs; each is checked, and a violation names its place: `items[0].quantity`. */
export function NestedList(dto: () => DtoClass, { min = 0, max, ...options }: ListOptions): PropertyDecorator {
  const rule: Rule = {
    name: 'list',
    message: `must be a list of ${min} to ${max} entries`,
    holds: (value) => Array.isArray(value) && value.length >= min && value.length <= max,
    schema: { type: () => dto(), isArray: true, minItems: min, maxItems: max },
    facts: { nested: dto },
  };
  return (prototype, property) => {
    Field(rule, options)(prototype, property);
    ValidateNested({ each: true, message: 'must be an object' })(prototype, property);
  };
}

function wholeNumber(name: string, min: number, max: number): Rule {
  return {
    name,
    message: `must be an integer between ${min} and ${max}`,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    schema: { type: 'integer', minimum: min, maximum: max },
  };
}

/** February 30 parses as March 2: only a day that reads back as itself is one. */
function isCalendarDay(day: string): boolean {
  const epochMs = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(day);
}
