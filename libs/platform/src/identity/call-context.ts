/**
 * The caller and trace of one call, attached to the request object itself (the Fastify request, or the gRPC metadata), so that
 * every layer that has the request has them, and nothing outlives it.
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { InvariantViolation } from '@ordo/kernel';
import type { CallContext } from './caller-identity.js';

const CALL_CONTEXT = Symbol('ordo.callContext');
const TRACE_PARENT = Symbol('ordo.traceParent');
const OUTCOME = Symbol('ordo.outcome');

interface Carrier {
  [CALL_CONTEXT]?: CallContext;
  [TRACE_PARENT]?: string;
  [OUTCOME]?: string;
}

export function attachTrace(carrier: object, traceParent: string): void {
  (carrier as Carrier)[TRACE_PARENT] = traceParent;
}

export function attachedTrace(carrier: object): string | undefined {
  return (carrier as Carrier)[TRACE_PARENT];
}

/** The error code that the call was answered with; for the metrics. */
export function attachOutcome(carrier: object, code: string): void {
  (carrier as Carrier)[OUTCOME] = code;
}

export function attachedOutcome(carrier: object): string | undefined {
  return (carrier as Carrier)[OUTCOME];
}

export function attachCall(carrier: object, call: CallContext): void {
  (carrier as Carrier)[CALL_CONTEXT] = call;
}

/** The context that the guard attached. Throws an InvariantViolation on a handler that no guard stands before. */
export function callContextOf(carrier: object): CallContext {
  const call = (carrier as Carrier)[CALL_CONTEXT];
  if (call === undefined)
    throw new InvariantViolation('A handler asked for its caller, but no grant guard ran before it.');
  return call;
}

/** What carries the call: the request over HTTP, the metadata over gRPC. */
export function carrierOf(context: ExecutionContext): object {
  return context.getArgByIndex(context.getType() === 'rpc' ? 1 : 0);
}

/** Parameter decorator: the {@link CallContext} of this call, over HTTP and gRPC alike. */
export const CurrentCall = createParamDecorator(
  (_: unknown, context: ExecutionContext): CallContext => callContextOf(carrierOf(context)),
);
