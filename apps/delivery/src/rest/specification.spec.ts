/** The published REST contract against its golden file. `ORDO_UPDATE_GOLDEN=1` writes the file anew; the diff is then the review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { specificationOf } from '@ordo/platform';
import { type DeliveryDesks, DeliveryModule } from '../delivery.module.js';
import { deliverySpecification } from './specification.js';

const GOLDEN = join(import.meta.dirname, '../../../../docs/api/delivery.openapi.json');

let specification: OpenAPIObject;

beforeAll(async () => {
  const app = await NestFactory.create(DeliveryModule.forRole({} as DeliveryDesks), new FastifyAdapter(), {
    logger: false,
  });
  specification = JSON.parse(JSON.stringify(specificationOf(app, deliverySpecification))) as OpenAPIObject;
  if (process.env['ORDO_UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, `${JSON.stringify(specification, null, 2)}\n`);
});

interface Operation {
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, unknown>>;
}
const operations = (): (readonly [name: string, operation: Operation])[] =>
  Object.entries(specification.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  );

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
    const commands = [
      'call',
      'recall',
      'cancellation',
      'self-delivery',
      'self-delivery/completion',
      'end',
      'tip',
      'push',
    ];
    expect(
      operations()
        .map(([name]) => name)
        .sort(),
    ).toEqual(
      [
        ...['POST /v1/promises', 'PUT /v1/promise-lanes', 'GET /v1/promise-rooms'],
        ...['POST /v1/promise-rooms/loads', 'PUT /v1/promise-rooms/switch'],
        ...['GET /v1/deliveries/{orderId}', 'GET /v1/deliveries/{orderId}/timeline'],
        ...['GET /v1/deliveries/{orderId}/carrier-reports', 'GET /v1/waybills/{waybillId}'],
        ...commands.map((command) => `POST /v1/deliveries/{orderId}/${command}`),
        ...['GET /v1/merchants/{merchantId}/contracts', 'PUT /v1/merchants/{merchantId}/contracts/{version}'],
        ...['POST /v1/carriers/{carrier}/callbacks', 'GET /v1/carriers/{carrier}/hand-offs'],
        'POST /v1/carriers/{carrier}/acknowledgements',
      ].sort(),
    );
  });

  test('asks everybody but carriers, who sign, for a bearer token', () => {
    for (const [name, { security, responses }] of operations()) {
      expect([name, security ?? []]).toEqual([name, name.includes('/carriers/') ? [] : [{ bearer: [] }]]);
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(['400', '401', '500', '503'])]);
    }
  });
});
