/** Who joins which load; the gates decide the order, never a sleep. */
import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from './single-flight.js';

interface Gate {
  readonly opened: Promise<string>;
  open(value: string): void;
  fail(error: Error): void;
}

function gate(): Gate {
  let open: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const opened = new Promise<string>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: (value) => open(value), fail: (error) => fail(error) };
}

const nothingAfter = async (): Promise<void> => undefined;

function setUp() {
  const flights = new SingleFlight<string>();
  const gates: Gate[] = [];
  const follows: boolean[] = [];
  const load = (following: boolean): Promise<string> => {
    follows.push(following);
    const next = gate();
    gates.push(next);
    return next.opened;
  };
  return { flights, gates, follows, ask: (key = 'k') => flights.join(key, load, nothingAfter) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a load per key', () => {
  it('is two for a thousand callers of a cold key, and the later ones share the second', async () => {
    const { gates, ask, follows } = setUp();
    const first = ask();
    const later = Array.from({ length: 999 }, () => ask());
    gates[0]?.open('old');
    await expect(first).resolves.toBe('old');
    await turn();
    gates[1]?.open('new');
    expect(new Set(await Promise.all(later))).toEqual(new Set(['new']));
    expect(follows).toEqual([false, true]);
  });

  it('never answers a caller from a load that began before he asked', async () => {
    const { gates, ask } = setUp();
    const first = ask();
    const second = ask();
    gates[0]?.open('read before the change');
    await first;
    await turn();
    const third = ask();
    gates[1]?.open('read after the change');
    await expect(second).resolves.toBe('read after the change');
    await turn();
    gates[2]?.open('read later still');
    await expect(third).resolves.toBe('read later still');
  });

  it('begins anew once nobody is on the way', async () => {
    const { gates, ask, follows } = setUp();
    const first = ask();
    gates[0]?.open('a');
    await first;
    await turn();
    const second = ask();
    gates[1]?.open('b');
    await expect(second).resolves.toBe('b');
    expect(follows).toEqual([false, false]);
  });

  it('fails alone: those behind it load for themselves', async () => {
    const { gates, ask } = setUp();
    const first = ask();
    const second = ask();
    gates[0]?.fail(new Error('node away'));
    await expect(first).rejects.toThrow('node away');
    await turn();
    gates[1]?.open('here again');
    await expect(second).resolves.toBe('here again');
  });

  it('does not hold up another key', async () => {
    const { gates, ask } = setUp();
    const slow = ask('slow');
    const quick = ask('quick');
    gates[1]?.open('quick');
    await expect(quick).resolves.toBe('quick');
    gates[0]?.open('slow');
    await slow;
  });

  it('begins the next only after what follows a load is done', async () => {
    const flights = new SingleFlight<string>();
    const stored = gate();
    const order: string[] = [];
    const load = (name: string) => async () => {
      order.push(name);
      return name;
    };
    const first = flights.join('k', load('first'), async () => void (await stored.opened));
    const second = flights.join('k', load('second'), nothingAfter);
    await first;
    await turn();
    expect(order).toEqual(['first']);
    stored.open('stored');
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});
