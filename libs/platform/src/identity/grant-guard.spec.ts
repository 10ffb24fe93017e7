/** The door over gRPC, and how much of it is synchronous; over HTTP see http-app.e2e.spec.ts. */
import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { issueToken } from '@ordo/configuration';
import { InvariantViolation } from '@ordo/kernel';
import { callContextOf } from './call-context.js';
import { Grant, GrantGuard, OpenToAll } from './grant-guard.js';
import { TokenVerifier } from './token-verifier.js';

class SpecHandlers {
  @Grant('spec:read')
  read(): void {
    return;
  }

  @OpenToAll()
  open(): void {
    return;
  }

  forgotten(): void {
    return;
  }
}

const keys = JSON.stringify({ keys: [{ kty: 'oct', alg: 'HS256', k: Buffer.alloc(32, 3).toString('base64url') }] });
const aToken = (grants: readonly string[]) =>
  issueToken(keys, { subject: 'spec', grants, issuer: 'ordo', audience: 'ordo', lifetimeSeconds: 60 });

async function aGuard() {
  const verifier = await TokenVerifier.create({ keys, issuer: 'ordo', audience: 'ordo', environment: 'test' });
  return new GrantGuard(verifier);
}

function call(handler: keyof SpecHandlers, headers: Record<string, string>) {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const context = new ExecutionContextHost([{}, metadata], SpecHandlers, SpecHandlers.prototype[handler]);
  context.setType('rpc');
  return { metadata, context };
}

describe('the door over gRPC', () => {
  it('lets in who holds the grant, with his identity and trace, and is synchronous from the second call on', async () => {
    const guard = await aGuard();
    const headers = {
      authorization: `bearer ${await aToken(['spec:read'])}`,
      traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
    };
    const { metadata, context } = call('read', headers);
    await expect(guard.canActivate(context)).resolves.toBe(true);
    expect(callContextOf(metadata).caller.subject).toBe('spec');
    expect(callContextOf(metadata).traceParent).toContain('ab'.repeat(16));
    expect(guard.canActivate(call('read', headers).context)).toBe(true);
  });

  it.each([
    ['no header', {}, 'missing'],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, 'malformed'],
  ])('refuses %s', async (_, headers, rule) => {
    const guard = await aGuard();
    expect(() => guard.canActivate(call('read', headers).context)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', details: { rule } }),
    );
  });

  it('refuses who lacks the grant, remembered or not', async () => {
    const guard = await aGuard();
    const headers = { authorization: `Bearer ${await aToken(['spec:write'])}` };
    await expect(guard.canActivate(call('read', headers).context)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(() => guard.canActivate(call('read', headers).context)).toThrow('lacks the grant');
  });

  it('asks nothing of an open handler, which then knows no caller', async () => {
    const guard = await aGuard();
    const { metadata, context } = call('open', {});
    expect(guard.canActivate(context)).toBe(true);
    expect(() => callContextOf(metadata)).toThrow(InvariantViolation);
  });

  it('is closed where nothing is declared', async () => {
    const guard = await aGuard();
    const headers = { authorization: `Bearer ${await aToken(['spec:read'])}` };
    expect(() => guard.canActivate(call('forgotten', headers).context)).toThrow(InvariantViolation);
  });
});
