import { describe, expect, it } from '@jest/globals';
import { ManualClock, Transient } from '@ordo/kernel';
import { type Dependency, HealthRegistry } from './health-registry.js';

const up = async (): Promise<void> => undefined;
const down = async (): Promise<void> =>
  Promise.reject(new Transient('NODE_UNAVAILABLE', 'mysql://secret@host is away', 100));

function aRegistry(...dependencies: Partial<Dependency>[]): { registry: HealthRegistry; clock: ManualClock } {
  const clock = new ManualClock(0);
  const registry = new HealthRegistry(clock);
  for (const one of dependencies)
    registry.register({ name: 'x', kind: 'x', importance: 'required', probe: up, ...one });
  return { registry, clock };
}

const node = (name: string, probe: () => Promise<void>): Partial<Dependency> => ({
  name,
  kind: 'mysql',
  importance: 'any-of-kind',
  probe,
});

describe('readiness', () => {
  it('is up with all dependencies up', async () => {
    const { registry } = aRegistry(node('mysql-0', up), { name: 'redis', importance: 'optional' });
    expect((await registry.ready()).status).toBe('up');
  });

  it('is degraded, and still serves, without the broker or the cache', async () => {
    const { registry } = aRegistry(node('mysql-0', up), { name: 'rabbitmq', importance: 'optional', probe: down });
    expect(await registry.ready()).toMatchObject({
      status: 'degraded',
      dependencies: [
        { name: 'mysql-0', status: 'up' },
        { name: 'rabbitmq', status: 'down', problem: 'NODE_UNAVAILABLE' },
      ],
    });
  });

  it('is degraded with one database node down and down with all of them', async () => {
    expect((await aRegistry(node('mysql-0', up), node('mysql-1', down)).registry.ready()).status).toBe('degraded');
    expect((await aRegistry(node('mysql-0', down), node('mysql-1', down)).registry.ready()).status).toBe('down');
  });

  it('is down with a required dependency down', async () => {
    expect((await aRegistry({ probe: down }, node('mysql-0', up)).registry.ready()).status).toBe('down');
  });

  it('tells of a problem its code and never its message', async () => {
    expect(JSON.stringify(await aRegistry({ probe: down }).registry.ready())).not.toContain('secret');
  });

  it('does not wait for a probe that never ends', async () => {
    const { registry } = aRegistry({ probe: () => new Promise(() => undefined) });
    expect(await registry.ready()).toMatchObject({ status: 'down', dependencies: [{ problem: 'TIMEOUT' }] });
  });

  it('survives a probe that throws before it is a promise', async () => {
    const probe = (): Promise<void> => {
      throw new RangeError('at once');
    };
    expect(await aRegistry({ probe }).registry.ready()).toMatchObject({ dependencies: [{ problem: 'RangeError' }] });
  });

  it('probes once for askers within half a second, and again after it', async () => {
    let probes = 0;
    const { registry, clock } = aRegistry({
      probe: async () => {
        probes += 1;
      },
    });
    await Promise.all([registry.ready(), registry.ready()]);
    expect(probes).toBe(1);
    clock.advance(500);
    await registry.ready();
    expect(probes).toBe(2);
  });

  it('ends with the announcement of the stop', async () => {
    const { registry } = aRegistry({});
    registry.announceStop();
    expect((await registry.ready()).status).toBe('stopping');
  });
});
