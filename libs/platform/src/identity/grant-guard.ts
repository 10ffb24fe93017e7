/**
 * The door of every handler, over HTTP and gRPC: closed by default. A handler says `@Grant('order:place')` or `@OpenToAll()`;
 * one that says neither is a bug and answers 500, so that a forgotten decorator never opens an operation.
 */
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { InvariantViolation } from '@ordo/kernel';
import { traceParentOf } from '../tracing/trace-parent.js';
import { attachCall, attachedTrace, carrierOf } from './call-context.js';
import type { CallerIdentity } from './caller-identity.js';
import { forbidden, TokenRule, unauthenticated } from './identity.errors.js';
import { TokenVerifier } from './token-verifier.js';

const GRANT = 'ordo:grant';
const OPEN = '';
const BEARER = /^bearer +/i;

/** The grant that a caller needs for this handler. */
export const Grant = (name: string) => SetMetadata(GRANT, name);
/** No token needed; nothing is known of the caller. */
export const OpenToAll = () => SetMetadata(GRANT, OPEN);

interface Metadata {
  get(name: string): unknown[];
}
interface Headers {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

@Injectable()
export class GrantGuard implements CanActivate {
  /** Reflection per request costs a walk of maps; a handler's grant never changes. */
  private readonly grants = new Map<object, string>();

  constructor(private readonly verifier: TokenVerifier) {}

  /** Synchronous for a token seen before, which is nearly all of the traffic. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const grant = this.grantOf(context);
    if (grant === OPEN) return true;
    const carrier = carrierOf(context);
    const token = bearerOf(headerOf(context, carrier, 'authorization'));
    const caller = this.verifier.verifyCached(token);
    if (caller === undefined) return this.verify(context, carrier, token, grant);
    return admit(context, carrier, caller, grant);
  }

  private async verify(context: ExecutionContext, carrier: object, token: string, grant: string): Promise<boolean> {
    return admit(context, carrier, await this.verifier.verify(token), grant);
  }

  private grantOf(context: ExecutionContext): string {
    const handler = context.getHandler();
    const known = this.grants.get(handler);
    if (known !== undefined) return known;
    const declared: unknown = Reflect.getMetadata(GRANT, handler) ?? Reflect.getMetadata(GRANT, context.getClass());
    if (typeof declared !== 'string') {
      throw new InvariantViolation('A handler declares neither a grant nor that it is open to all.', {
        handler: `${context.getClass().name}.${handler.name}`,
      });
    }
    this.grants.set(handler, declared);
    return declared;
  }
}

function admit(context: ExecutionContext, carrier: object, caller: CallerIdentity, grant: string): true {
  const traceParent = attachedTrace(carrier) ?? traceParentOf(headerOf(context, carrier, 'traceparent'));
  attachCall(carrier, { caller, traceParent });
  if (!caller.grants.has(grant)) throw forbidden(grant);
  return true;
}

function headerOf(context: ExecutionContext, carrier: object, name: string): string | undefined {
  const value = context.getType() === 'rpc' ? (carrier as Metadata).get(name)[0] : (carrier as Headers).headers[name];
  return typeof value === 'string' ? value : undefined;
}

function bearerOf(header: string | undefined): string {
  if (header === undefined || header === '') throw unauthenticated(TokenRule.MISSING);
  const prefix = BEARER.exec(header);
  if (prefix === null) throw unauthenticated(TokenRule.MALFORMED);
  return header.slice(prefix[0].length);
}
