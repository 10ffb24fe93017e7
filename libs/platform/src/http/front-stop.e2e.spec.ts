/** The end of a front: what was accepted is answered, and the process may go only then. Real HTTP, no server needed. */
import { Agent, request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthRegistry } from '../health/health-registry.js';
import { OpenToAll } from '../identity/grant-guard.js';
import { TokenVerifier } from '../identity/token-verifier.js';
import { silentLogger } from '../logging/logger.js';
import { Metrics } from '../metrics/metrics.js';
import { createHttpApp } from './http-app.js';

const keys = JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') }] });

let arrived: () => void = () => undefined;
let release: () => void = () => undefined;

@Controller()
class SlowController {
  @Get('slow')
  @OpenToAll()
  async slow(): Promise<object> {
    arrived();
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { finished: true };
  }
}

@Module({ controllers: [SlowController] })
class SlowModule {}

let app: NestFastifyApplication;
const agent = new Agent({ keepAlive: true });

async function start(): Promise<string> {
  const verifier = await TokenVerifier.create({ keys, issuer: 'ordo', audience: 'ordo', environment: 'test' });
  const metrics = new Metrics({ defaults: false });
  app = await createHttpApp(SlowModule, { logger: silentLogger, metrics, health: new HealthRegistry(), verifier });
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

function get(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(parts).toString() }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

afterEach(() => agent.destroy());

describe('a front that closes', () => {
  it('answers what it had accepted, then refuses connections', async () => {
    const base = await start();
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const answer = get(`${base}/slow`);
    await reached;
    let closed = false;
    const closing = app.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    release();
    expect(await answer).toEqual({ status: 200, body: '{"finished":true}' });
    await closing;
    await expect(get(`${base}/slow`)).rejects.toThrow(/ECONNREFUSED|socket hang up/);
  });

  it('is not held up by an idle connection that a client keeps', async () => {
    const base = await start();
    await get(`${base}/health/live`);
    const from = performance.now();
    await app.close();
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});
