/** The published REST contract against its golden file. `ORDO_UPDATE_GOLDEN=1` writes the file anew; the diff is then the review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { specificationOf } from '@ordo/platform';
import { AftersaleModule, type AftersaleOperations } from '../aftersale.module.js';
import { aftersaleSpecification } from './specification.js';

const GOLDEN = join(import.meta.dirname, '../../../../docs/api/aftersale.openapi.json');

let specification: OpenAPIObject;

beforeAll(async () => {
  const operations = { refunds: {}, ledger: {}, compensations: {} } as AftersaleOperations;
  const app = await NestFactory.create(AftersaleModule.forRole(operations), new FastifyAdapter(), { logger: false });
  specification = JSON.parse(JSON.stringify(specificationOf(app, aftersaleSpecification))) as OpenAPIObject;
  if (process.env['ORDO_UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, `${JSON.stringify(specification, null, 2)}\n`);
});

interface Operation {
  readonly security: unknown[];
  readonly parameters?: { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: { $ref: string } }> }>>;
}

describe('the REST contract of the after-sale app', () => {
  test('is what the golden file says', () => {
    expect(specification).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
  });

  test('refers to no schema that it does not have', () => {
    const refs = JSON.stringify(specification).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g);
    const known = Object.keys(specification.components?.schemas ?? {});
    expect([...new Set([...refs].map(([, name]) => name))].filter((name) => !known.includes(name ?? ''))).toEqual([]);
  });

  test('has every operation of the contract and no other', () => {
    const operations = Object.entries(specification.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual(
      [
        'POST /v1/refunds',
        'POST /v1/refunds/started',
        'GET /v1/refunds/{refundId}',
        'POST /v1/refunds/{refundId}/withdrawal',
        'POST /v1/refunds/{refundId}/agreement',
        'POST /v1/refunds/{refundId}/rejection',
        'POST /v1/refunds/{refundId}/appeal',
        'POST /v1/refunds/{refundId}/ruling',
        'POST /v1/orders/{orderId}/cancellation',
        'GET /v1/orders/{orderId}/refunds',
        'GET /v1/users/{userId}/refunds',
        'GET /v1/merchants/{merchantId}/refunds',
        'POST /v1/refunds/{refundId}/retry',
        'GET /v1/refund-reconciliations/{date}',
        'POST /v1/compensations',
        'POST /v1/compensations/{compensationId}/retry',
        'GET /v1/orders/{orderId}/compensations',
      ].sort(),
    );
  });

  test('asks for a bearer token everywhere, and describes its problems', () => {
    for (const [path, methods] of Object.entries(specification.paths)) {
      for (const operation of Object.values(methods) as Operation[]) {
        expect([path, operation.security]).toEqual([path, [{ bearer: [] }]]);
        const refused = operation.responses['401']?.content?.['application/problem+json'];
        expect([path, refused?.schema.$ref]).toEqual([path, '#/components/schemas/ProblemAnswer']);
      }
    }
  });

  test('requires a key where a refund begins, and takes one where it may', () => {
    const keyOf = (path: string): unknown =>
      (specification.paths[path]?.post as Operation | undefined)?.parameters?.find(
        ({ name }) => name === 'Idempotency-Key',
      )?.required;
    expect(['/v1/refunds', '/v1/refunds/started', '/v1/orders/{orderId}/cancellation'].map(keyOf)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
