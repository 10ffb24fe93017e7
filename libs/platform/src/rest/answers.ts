/** What the operations may answer, for the specification: each decorator names the problem codes behind a status. */

import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiParam, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { type ErrorCode, errorTable } from '@ordo/contracts';
import { ProblemAnswer } from './problem-answer.dto.js';

/** Every operation may answer these, whatever it does. */
const always: readonly ErrorCode[] = [
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NODE_UNAVAILABLE',
  'OVERLOADED',
  'SHUTTING_DOWN',
  'INTERNAL',
];

/** Documents the problems of an operation: those that all share, and `codes`. */
export function Problems(...codes: readonly ErrorCode[]): MethodDecorator {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...always, ...codes]) {
    const { http } = errorTable[code];
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  const responses = [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({
      status,
      description: ofStatus.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('. '),
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemAnswer) } } },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemAnswer), ...responses);
}

/** The security scheme of every operation. */
export const Bearer = (): ClassDecorator & MethodDecorator => ApiBearerAuth('bearer');

/** A decimal id in the path. */
export const IdParam = (name: string): MethodDecorator =>
  ApiParam({ name, schema: { type: 'string', pattern: '^[1-9][0-9]{0,18}$' } });
