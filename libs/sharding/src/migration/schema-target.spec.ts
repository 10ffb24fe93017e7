import { describe, expect, it } from '@jest/globals';
import { Placement } from '../placement/placement.js';
import {
  CONTROL_SCHEMA,
  LANE_COUNT,
  laneNode,
  laneSchema,
  merchantSchema,
  NODE_SCHEMA,
  userSchema,
} from '../placement/shard.js';
import { nameSchemas, targetsOf } from './schema-target.js';

const user = (shard: number) => ({ node: shard % 2, dimension: 'user' as const, schema: userSchema(shard) });
const merchant = (shard: number) => ({ node: 1, dimension: 'merchant' as const, schema: merchantSchema(shard) });

describe('the schemas of a node', () => {
  it('are, for orders, the 240 shards that the pools address, a node schema per node and one control schema', () => {
    const placement = new Placement(2);
    const forward = ['user', 'merchant', 'node', 'control'] as const;
    const names = [0, 1].flatMap((node) => targetsOf(placement, node, undefined, forward)).map(({ schema }) => schema);
    const shards = Array.from({ length: 120 }, (_, shard) => [userSchema(shard), merchantSchema(shard)]).flat();
    expect([...names].sort()).toEqual([...shards, NODE_SCHEMA, NODE_SCHEMA, CONTROL_SCHEMA].sort());
  });

  it('are, for the after-sale app, one per lane, interleaved over the nodes, and a node schema per node', () => {
    const asked = ['aftersale', 'aftersale_node'] as const;
    const targets = [0, 1, 2].flatMap((node) => targetsOf(new Placement(3), node, undefined, asked));
    const lanes = Array.from({ length: LANE_COUNT }, (_, lane) => ({
      node: laneNode(lane, 3),
      dimension: 'aftersale',
      schema: laneSchema('ordo_aftersale_', lane),
    }));
    const ofNodes = [0, 1, 2].map((node) => ({ node, dimension: 'aftersale_node', schema: 'ordo_aftersale_node' }));
    expect(targets).toHaveLength(LANE_COUNT + 3);
    expect(targets).toEqual(expect.arrayContaining([...lanes, ...ofNodes]));
  });

  it('lie where the placement puts their shard', () => {
    const schemas = targetsOf(new Placement(2), 1).map(({ schema }) => schema);
    expect(schemas).toContain('ordo_user_001');
    expect(schemas).toContain('ordo_merchant_000');
    expect(schemas).not.toContain('ordo_user_000');
    expect(schemas).not.toContain('ordo_control');
  });
});

describe('the names of schemas', () => {
  it('are compressed where shards follow each other, whatever nodes they lie on', () => {
    const targets = [user(3), merchant(11), merchant(10), merchant(12), user(5)];
    expect(nameSchemas(targets)).toBe('ordo_user_003, ordo_user_005, ordo_merchant_010…012');
  });

  it('keep the width of their family’s numbers', () => {
    const lanes = [9, 10, 11].map((lane) => ({
      node: lane % 2,
      dimension: 'aftersale' as const,
      schema: laneSchema('ordo_aftersale_', lane),
    }));
    expect(nameSchemas(lanes)).toBe('ordo_aftersale_09…11');
  });

  it('say the node of a schema that exists on several', () => {
    expect(nameSchemas([{ node: 1, dimension: 'node', schema: 'ordo_node' }])).toBe('ordo_node (node 1)');
  });
});
