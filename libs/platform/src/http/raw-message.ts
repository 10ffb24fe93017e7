/**
 * A request as it travelled, for messages that a partner signed: the signature speaks of bytes, which are gone once the body was parsed. Kept
 * only where no bearer token came along, because those who have one sign nothing.
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { HeaderValues } from '../signature/signed-message.js';

export interface RawMessage {
  /** Path and query, as they were asked for. */
  readonly target: string;
  readonly headers: HeaderValues;
  /** Empty where there was no body. */
  readonly raw: string;
}

const BEARER = /^bearer /i;
const rawBodies = new WeakMap<FastifyRequest, string>();

export function rememberRaw(request: FastifyRequest, body: string): void {
  if (!BEARER.test(request.headers.authorization ?? '')) rawBodies.set(request, body);
}

export const rawMessageOf = (request: FastifyRequest): RawMessage => ({
  target: request.url,
  headers: request.headers,
  raw: rawBodies.get(request) ?? '',
});

/** The parameter of a handler that is open to all and checks a signature itself. */
export const SignedMessage = createParamDecorator(
  (_: unknown, context: ExecutionContext): RawMessage =>
    rawMessageOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
