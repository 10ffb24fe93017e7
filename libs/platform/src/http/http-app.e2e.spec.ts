/** The front over real HTTP on a port of its own: what a handler is spared, and what a caller is told. Needs no server. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { issueToken } from '@ordo/configuration';
import { InvariantViolation, Transient } from '@ordo/kernel';
import { HealthRegistry } from '../health/health-registry.js';
import { CurrentCall } from '../identity/call-context.js';
import type { CallContext } from '../identity/caller-identity.js';
import { Grant } from '../identity/grant-guard.js';
import { TokenVerifier } from '../identity/token-verifier.js';
import type { LogFacts } from '../logging/logger.js';
import { silentLogger } from '../logging/logger.js';
import { Metrics } from '../metrics/metrics.js';
import { Text, WholeNumber } from '../request-shape/field-rules.js';
import { shaped } from '../request-shape/shape-pipe.js';
import { createHttpApp } from './http-app.js';

const keys = JSON.stringify({
  keys: [{ kty: 'oct', kid: 'spec', alg: 'HS256', k: Buffer.alloc(32, 7).toString('base64url') }],
});

class PingDto {
  @Text({ max: 10 })
  readonly word!: string;

  @WholeNumber({ min: 1, max: 9, optional: true })
  readonly times?: number;
}

@Controller('spec')
class SpecController {
  @Post('ping')
  @Grant('spec:ping')
  ping(@Body(shaped(PingDto)) body: PingDto, @CurrentCall() call: CallContext): object {
    return { ...body, subject: call.caller.subject, traceParent: call.traceParent };
  }

  @Get('busy')
  @Grant('spec:ping')
  busy(): never {
    throw new Transient('NODE_UNAVAILABLE', 'node 1 does not answer', 1_200, { node: 1 });
  }

  @Get('bug')
  @Grant('spec:ping')
  bug(): never {
    throw new InvariantViolation('two rows where one was expected', { orderId: '42', rows: 2 });
  }

  @Get('foreign')
  @Grant('spec:ping')
  foreign(): never {
    throw new TypeError('cannot read properties of undefined (reading secretField)');
  }

  @Get('forgotten')
  forgotten(): string {
    return 'nobody said who may call this';
  }
}

@Module({ controllers: [SpecController] })
class SpecModule {}

const logged: { message: string; facts: LogFacts | undefined }[] = [];
const health = new HealthRegistry();
let app: NestFastifyApplication;
let base: string;
let token: string;

beforeAll(async () => {
  const verifier = await TokenVerifier.create({ keys, issuer: 'ordo', audience: 'ordo', environment: 'test' });
  const logger = {
    ...silentLogger,
    error: (message: string, facts?: LogFacts) => void logged.push({ message, facts }),
  };
  app = await createHttpApp(SpecModule, { logger, metrics: new Metrics({ defaults: false }), health, verifier });
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
  token = await tokenFor({ grants: ['spec:ping'] });
});
afterAll(() => app.close());

async function tokenFor({
  grants,
  lifetimeSeconds = 60,
}: {
  grants: string[];
  lifetimeSeconds?: number;
}): Promise<string> {
  return issueToken(keys, { subject: 'spec', grants, issuer: 'ordo', audience: 'ordo', lifetimeSeconds });
}

async function call(path: string, init: RequestInit = {}, bearer = token) {
  const headers = { authorization: `Bearer ${bearer}`, ...(init.headers as Record<string, string> | undefined) };
  const answer = await fetch(`${base}${path}`, { ...init, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: text === '' ? {} : JSON.parse(text) };
}

/** Sends the head of a request with a body of `bytes`, and none of the body. */
function announce(bytes: number): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': bytes };
  return new Promise((resolve, reject) => {
    const sent = request(`${base}/spec/ping`, { method: 'POST', headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        sent.destroy();
        resolve(JSON.parse(Buffer.concat(parts).toString()));
      });
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

const post = (body: string, type = 'application/json') =>
  call('/spec/ping', { method: 'POST', body, headers: { 'content-type': type } });

describe('a well-formed call', () => {
  it('reaches its handler with the shaped body, the caller and the trace of the request', async () => {
    const traceId = 'ab'.repeat(16);
    const answer = await call('/spec/ping', {
      method: 'POST',
      body: '{"word":"hi"}',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ word: 'hi', subject: 'spec' });
    expect(answer.headers.get('traceresponse')).toBe(answer.body.traceParent);
    expect(answer.headers.get('traceresponse')).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });
});

describe('bad input', () => {
  it.each([
    ['text that is no JSON', '{"word":', 'json'],
    ['a key that reaches the prototype', '{"word":"hi","__proto__":{"admin":true}}', 'json'],
    ['a key that reaches the constructor', '{"word":"hi","constructor":{"prototype":{"admin":true}}}', 'json'],
  ])('is a 400 problem for %s', async (_, body, rule) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toMatchObject({ code: 'INVALID_ARGUMENT', violations: [{ rule }] });
  });

  it('names each wrong field and its rule', async () => {
    const answer = await post('{"word":7,"times":10,"wrod":"hi"}');
    expect(answer.status).toBe(400);
    expect(answer.body.violations).toEqual([
      { field: 'wrod', rule: 'unknownField', message: 'is not a field of this request' },
      { field: 'word', rule: 'text', message: 'must be a text of 1 to 10 characters without control characters' },
      { field: 'times', rule: 'wholeNumber', message: 'must be an integer between 1 and 9' },
    ]);
  });

  it('is a 400 that names the missing field for an empty body', async () => {
    const answer = await post('');
    expect(answer.body).toMatchObject({ status: 400, violations: [{ field: 'word', rule: 'text' }] });
  });

  it('is 413 for ten megabytes, which the sender hears although he was still sending', async () => {
    const answer = await post(`{"word":"${'x'.repeat(10_000_000)}"}`);
    expect(answer.body).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  it('is 413 for ten megabytes that are announced and never come', async () => {
    expect(await announce(10_000_000)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  it('is 413 just past the limit', async () => {
    expect((await post(`{"word":"${'x'.repeat(262_144)}"}`)).body).toMatchObject({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('is 415 for %s', async (type) => {
    expect((await post('word=hi', type)).body).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it.each([
    ['/nowhere', 404],
    ['/spec/ping', 404],
    ['/spec/%zz', 400],
  ])('is a problem document for the address %s', async (path, status) => {
    const answer = await call(path);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });
});

describe('what is not even HTTP', () => {
  it('is answered with a problem document and the connection closed', async () => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.end('NOT A REQUEST\r\n\r\n');
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text).toContain('connection: close');
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
  });
});

describe('the door', () => {
  it('answers 401 with a challenge for no token', async () => {
    const answer = await fetch(`${base}/spec/busy`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="ordo"');
    expect(await answer.json()).toMatchObject({ code: 'UNAUTHENTICATED', rule: 'missing' });
  });

  it('answers 401 that says "expired" for an expired token', async () => {
    const answer = await call('/spec/busy', {}, await tokenFor({ grants: ['spec:ping'], lifetimeSeconds: -60 }));
    expect(answer.body).toMatchObject({ status: 401, rule: 'expired' });
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('answers 403 that names the missing grant', async () => {
    const answer = await call('/spec/busy', {}, await tokenFor({ grants: ['spec:other'] }));
    expect(answer.body).toMatchObject({ status: 403, code: 'FORBIDDEN', grant: 'spec:ping' });
  });

  it('stays closed where a handler declares no grant', async () => {
    const answer = await call('/spec/forgotten');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('nobody said');
  });
});

describe('trouble of ours', () => {
  it('is 503 with Retry-After in whole seconds for what may be repeated', async () => {
    const answer = await call('/spec/busy');
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.body).toMatchObject({ status: 503, code: 'NODE_UNAVAILABLE', retryAfterMs: 1_200, node: 1 });
  });

  it.each([
    ['/spec/bug', /two rows|rows/],
    ['/spec/foreign', /secretField|TypeError/],
  ])('is a 500 that tells nothing but its trace, and a log line that tells all (%s)', async (path, inner) => {
    logged.length = 0;
    const answer = await call(path);
    expect(answer.body).toMatchObject({
      status: 500,
      code: 'INTERNAL',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(answer.text).not.toMatch(inner);
    expect(answer.text).not.toContain('at ');
    expect(logged).toHaveLength(1);
    expect(logged[0]?.facts).toMatchObject({ traceId: answer.body.traceId, error: expect.any(Error) });
  });
});

describe('the operational routes', () => {
  it('count requests by operation and outcome', async () => {
    await call('/spec/busy');
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(
      /ordo_request_seconds_count\{operation="GET \/spec\/busy",outcome="NODE_UNAVAILABLE"\} \d+/,
    );
    expect(metrics).not.toContain('operation="GET /metrics"');
  });

  it('answer ready without a token, and 503 once the stop is announced', async () => {
    expect((await fetch(`${base}/health/live`)).status).toBe(200);
    expect((await fetch(`${base}/health/ready`)).status).toBe(200);
    health.announceStop();
    expect((await fetch(`${base}/health/ready`)).status).toBe(503);
  });
});
