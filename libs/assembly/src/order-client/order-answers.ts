/** From a failed call to an error of the house. */
import type { ServiceError } from '@grpc/grpc-js';
import { type ErrorCode, errorTable, isErrorCode, PROBLEM_METADATA_KEY, refuse, transient } from '@ordo/contracts';
import { ErrorFamily, type OrdoError } from '@ordo/kernel';

type RefusalCode = Parameters<typeof refuse>[0];
type TransientCode = Parameters<typeof transient>[0];

interface ToldProblem {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterMs?: number;
  readonly [member: string]: unknown;
}

/** An app that starts over is back within seconds. */
const RETRY_MS = 1_000;
/** What the order app says of us and not of our caller: never handed on. */
const OUR_OWN: readonly ErrorCode[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL', 'ROUTE_NOT_FOUND'];
/** Members of the document that are not details. */
const ENVELOPE = ['type', 'title', 'status', 'detail', 'code', 'retryAfterMs', 'traceId'];

/** The very refusal of the order app, or a Transient: of ours alone is whether to try again. */
export function errorOfCall(error: ServiceError, method: string): OrdoError {
  const problem = problemIn(error);
  if (problem === undefined || OUR_OWN.includes(problem.code)) {
    const details = { method, status: error.code, ...(problem === undefined ? {} : { code: problem.code }) };
    return transient('ORDER_APP_UNAVAILABLE', 'the order service does not answer', RETRY_MS, details, error);
  }
  const { code, detail } = problem;
  const details = Object.fromEntries(Object.entries(problem).filter(([name]) => !ENVELOPE.includes(name)));
  return errorTable[code].family === ErrorFamily.REFUSAL
    ? refuse(code as RefusalCode, detail, details)
    : transient(code as TransientCode, detail, problem.retryAfterMs ?? RETRY_MS, details);
}

function problemIn(error: ServiceError): ToldProblem | undefined {
  const [bytes] = error.metadata?.get(PROBLEM_METADATA_KEY) ?? [];
  if (bytes === undefined) return undefined;
  const problem = JSON.parse(bytes.toString()) as ToldProblem;
  return isErrorCode(problem.code) ? problem : undefined;
}
