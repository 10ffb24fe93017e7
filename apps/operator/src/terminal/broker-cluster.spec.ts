import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@ordo/configuration';
import { Refusal } from '@ordo/kernel';
import { Command } from 'commander';
import { brokerOf, type ClusterChoice, withCluster } from './broker-cluster.js';

const one = { ORDO_AMQP_URL: 'amqp://one', ORDO_SPACE: 'blue' };
const both = { ...one, ORDO_AMQP_SECOND_URL: 'amqps://two' };

const chosen = (...words: string[]): string =>
  withCluster(new Command()).parse(words, { from: 'user' }).opts<ClusterChoice>().cluster;

describe('--cluster', () => {
  it('is the first where nothing is said', () => {
    expect([chosen(), chosen('--cluster', 'second')]).toEqual(['first', 'second']);
  });

  it('has the address of the settings, and in both clusters the same names', () => {
    expect(brokerOf({ cluster: 'first' }, both)).toMatchObject({ amqpUrl: 'amqp://one', space: 'blue' });
    expect(brokerOf({ cluster: 'second' }, both)).toMatchObject({ amqpUrl: 'amqps://two', space: 'blue' });
    expect(brokerOf({ cluster: 'second' }, { ORDO_AMQP_SECOND_URL: 'amqp://two' }).amqpUrl).toBe('amqp://two');
  });

  it('refuses a name that no cluster has, and names those that there are', () => {
    const asked = () => brokerOf({ cluster: 'third' }, both);
    expect(asked).toThrow(Refusal);
    expect(asked).toThrow('there is no cluster "third": they are called first and second');
    expect(() => brokerOf({ cluster: 'toString' }, both)).toThrow(Refusal);
  });

  it('says which variable is missing where there is no second cluster', () => {
    const asked = () => brokerOf({ cluster: 'second' }, one);
    expect(asked).toThrow(ConfigurationError);
    expect(asked).toThrow('ORDO_AMQP_SECOND_URL');
  });
});
