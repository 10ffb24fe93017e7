/** The extension of an order against the schema of its business type. The schema is data, so Ajv checks it, compiled once per type. */

import { refuseViolations, type Violation } from '@ordo/contracts';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type BusinessType, businessTypes } from '../lifecycle/order.state.js';

/** What one order may carry for its line of business; beyond it the snapshot would outgrow its row. */
const MAX_EXTENSION_BYTES = 8_192;

const ajv = new Ajv({ allErrors: true, strict: false, formats: { 'date-time': isInstant } });
const validators = new Map<string, ValidateFunction>(
  businessTypes.map((type) => [type.name, ajv.compile(type.extensionSchema)]),
);

function isInstant(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}

const violationOf = (error: ErrorObject): Violation => {
  const unknown = (error.params as { additionalProperty?: string; missingProperty?: string }).additionalProperty;
  const missing = (error.params as { missingProperty?: string }).missingProperty;
  const member = unknown ?? missing;
  const field = `extension${error.instancePath.replaceAll('/', '.')}${member === undefined ? '' : `.${member}`}`;
  return {
    field,
    rule: error.keyword,
    message: unknown === undefined ? (error.message ?? 'is not allowed') : 'is not known',
  };
};

/** Throws INVALID_ARGUMENT naming each member and rule; returns for an extension that the business type allows. */
export function assertExtension(type: BusinessType, extension: Readonly<Record<string, unknown>>): void {
  const validate = validators.get(type.name);
  if (validate !== undefined && !validate(extension)) throw refuseViolations((validate.errors ?? []).map(violationOf));
  if (Buffer.byteLength(JSON.stringify(extension)) <= MAX_EXTENSION_BYTES) return;
  throw refuseViolations([
    { field: 'extension', rule: 'maxBytes', message: `must be at most ${MAX_EXTENSION_BYTES} bytes of JSON` },
  ]);
}
