/** The published REST contract against its golden file. `ORDO_UPDATE_GOLDEN=1` writes the file anew; the diff is then the review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { orderStatuses } from '@ordo/contracts';
import { specificationOf } from '@ordo/platform';
import { type OrderFront, OrderModule } from '../order.module.js';
import { orderSpecification } from './specification.js';

const GOLDEN = join(import.meta.dirname, '../../../../docs/api/openapi.json');

let specification: OpenAPIObject;

beforeAll(async () => {
  const front = { orders: {}, feed: {}, settlement: {} } as OrderFront;
  const app = await NestFactory.create(OrderModule.forRole(front), new FastifyAdapter(), { logger: false });
  specification = JSON.parse(JSON.stringify(specificationOf(app, orderSpecification))) as OpenAPIObject;
  if (process.env['ORDO_UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, `${JSON.stringify(specification, null, 2)}\n`);
});

type Operation = {
  operationId: string;
  security: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  responses: Record<string, { content?: Record<string, { schema: { $ref: string } }> }>;
};
const operationAt = (path: string, method: 'get' | 'post'): Operation =>
  specification.paths[path]?.[method] as unknown as Operation;

describe('the REST contract', () => {
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
        'POST /v1/orders',
        'POST /v1/orders/batch-get',
        'GET /v1/orders/{orderId}',
        'GET /v1/orders/{orderId}/timeline',
        'POST /v1/orders/{orderId}/payment',
        'POST /v1/orders/{orderId}/acceptance',
        'POST /v1/orders/{orderId}/receipt',
        'POST /v1/orders/{orderId}/completion',
        'POST /v1/orders/{orderId}/invalidation',
        'POST /v1/orders/{orderId}/tags',
        'GET /v1/orders/{orderId}/payments',
        'GET /v1/users/{userId}/orders',
        'GET /v1/merchants/{merchantId}/orders',
        'GET /v1/merchants/{merchantId}/order-counts',
        'GET /v1/merchants/{merchantId}/feed',
        'GET /v1/merchants/{merchantId}/feed/stream',
        'GET /v1/settlement/orders',
      ].sort(),
    );
  });

  test('every operation asks for a bearer token and describes its problems', () => {
    for (const [path, methods] of Object.entries(specification.paths)) {
      for (const operation of Object.values(methods) as Operation[]) {
        expect([path, operation.security]).toEqual([path, [{ bearer: [] }]]);
        const refused = operation.responses['401']?.content?.['application/problem+json'];
        expect([path, refused?.schema.$ref]).toEqual([path, '#/components/schemas/ProblemAnswer']);
      }
    }
  });

  test('a placement requires the header Idempotency-Key and names its body and its answer', () => {
    const place = operationAt('/v1/orders', 'post');
    expect(place.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
    );
    expect(place.requestBody?.content['application/json']?.schema.$ref).toBe('#/components/schemas/PlaceOrderDto');
    expect(place.responses['201']?.content?.['application/json']?.schema.$ref).toBe(
      '#/components/schemas/OrderDocumentAnswer',
    );
  });

  test('the lists name their filters with the bounds that are enforced', () => {
    const list = operationAt('/v1/merchants/{merchantId}/orders', 'get');
    expect(list.parameters?.map(({ name }) => name).sort()).toEqual([
      'businessDate',
      'cursor',
      'limit',
      'merchantId',
      'status',
    ]);
    const limit = list.parameters?.find(({ name }) => name === 'limit');
    const status = list.parameters?.find(({ name }) => name === 'status');
    expect(status).toMatchObject({ in: 'query', required: false, schema: { type: 'string', enum: orderStatuses } });
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100 },
    });
  });
});
