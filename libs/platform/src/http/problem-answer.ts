/**
 * From whatever was thrown to the answer over HTTP: status, headers and an RFC 9457 document. What the framework refuses before a
 * handler runs (bad JSON, unknown route, too large) is given a code of the house's table first, so that callers see one shape.
 */
import { HttpException } from '@nestjs/common';
import {
  type Problem,
  problemOf,
  type RefusalCode,
  refuse,
  refuseViolations,
  transient,
  type Violation,
} from '@ordo/contracts';
import { OrdoError, Refusal, Transient } from '@ordo/kernel';
import { challenge } from '../identity/identity.errors.js';
import { traceIdOf } from '../tracing/trace-parent.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
/** DESIGN §11 documents are a few KB; 256 KB leaves room for the largest order and none for an attack. */
export const BODY_LIMIT_BYTES = 262_144;

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

const REFUSED_BY_FRAMEWORK: Readonly<Record<number, readonly [RefusalCode, string]>> = {
  404: ['ROUTE_NOT_FOUND', 'There is no such operation; see /docs.'],
  405: ['METHOD_NOT_ALLOWED', 'This operation does not take this method; see /docs.'],
  413: ['PAYLOAD_TOO_LARGE', `The body is larger than ${BODY_LIMIT_BYTES} bytes.`],
  414: ['URI_TOO_LONG', 'The address is too long.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.'],
  431: ['HEADERS_TOO_LARGE', 'The headers are too large.'],
};
const MALFORMED: Violation = { field: '', rule: 'request', message: 'the request is malformed' };
/** A refused upload is cheap to repeat at once; a second spreads out those who do. */
const TIMEOUT_RETRY_MS = 1_000;

export function problemAnswerOf(thrown: unknown, traceParent: string): ProblemAnswer {
  const error = houseErrorOf(thrown);
  const problem = problemOf(error);
  return {
    status: problem.status,
    headers: headersOf(error),
    body: { ...problem, traceId: traceIdOf(traceParent) },
  };
}

/** `thrown` as an error of the house; what is already one, or is our own fault, stays what it is. */
export function houseErrorOf(thrown: unknown): unknown {
  if (thrown instanceof OrdoError) return thrown;
  const status =
    thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || status >= 500) return thrown;
  const known = REFUSED_BY_FRAMEWORK[status];
  if (known !== undefined) return refuse(known[0], known[1]);
  if (status === 408) return transient('REQUEST_TIMEOUT', 'The request did not arrive in time.', TIMEOUT_RETRY_MS);
  return refuseViolations([MALFORMED]);
}

function headersOf(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof Transient) return { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
  if (error instanceof Refusal && error.code === 'UNAUTHENTICATED') return { 'www-authenticate': challenge(error) };
  return {};
}
