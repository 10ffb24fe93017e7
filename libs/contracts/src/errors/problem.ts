/** From any thrown value to the answer of each protocol: RFC 9457 problem details over HTTP, a status code over gRPC. */
import { InvariantViolation, OrdoError, Transient } from '@ordo/kernel';
import { type ErrorCode, type ErrorEntry, errorTable, type GrpcStatus, isErrorCode } from './error-table.js';

/** The body of an `application/problem+json` answer; the error's details are further members of it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryAfterMs?: number;
  readonly [member: string]: unknown;
}

/** A fault of ours tells nothing of itself: its facts are in our log, under the same trace. */
const INTERNAL_DETAIL = 'The request failed by a fault of the service; it was logged under this trace.';

/** A URN, not an address: no name server has to exist for the type to be stable. */
export const problemType = (code: ErrorCode): string => `urn:ordo:problem:${code.toLowerCase().replaceAll('_', '-')}`;

/** The table's code of any thrown value: what is not an error of the house, or not of the table, is INTERNAL. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof OrdoError && isErrorCode(error.code) ? error.code : 'INTERNAL';
}

export const errorEntryOf = (error: unknown): ErrorEntry => errorTable[errorCodeOf(error)];
export const grpcStatusOf = (error: unknown): GrpcStatus => errorEntryOf(error).grpc;

/**
 * The problem document of any thrown value; never throws. Details come first, so that none of them can replace a member that the
 * standard or the table defines. Nothing of an invariant violation or of a foreign error is shown.
 */
export function problemOf(error: unknown): Problem {
  const code = errorCodeOf(error);
  const entry: ErrorEntry = errorTable[code];
  const open = error instanceof OrdoError && !(error instanceof InvariantViolation) && code !== 'INTERNAL';
  return {
    ...(open ? error.details : {}),
    type: problemType(code),
    title: entry.title,
    status: entry.http,
    detail: open ? error.message : INTERNAL_DETAIL,
    code,
    ...(error instanceof Transient && open ? { retryAfterMs: error.retryAfterMs } : {}),
  };
}
