/** Promises over REST and gRPC as a checkout asks for them, and everything that is refused. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aToken } from '@ordo/testing';
import { ordo } from '../harness/operator-command.js';
import { aLane, PromiseStage, wanted } from '../harness/promise-stage.js';

const CASE_MS = 400_000;

interface Body {
  readonly promises: readonly Readonly<Record<string, unknown>>[];
  readonly degraded: boolean;
  readonly room: string;
}
interface ProblemBody {
  readonly code: string;
  readonly violations?: readonly { readonly field: string; readonly rule: string }[];
}

let stage: PromiseStage;
const ask = <T = Body>(...requests: readonly object[]) => stage.client.post<T>('/v1/promises', { requests });
const faultsOf = async (body: unknown, path = '/v1/promises', method = 'POST'): Promise<string[]> => {
  const answer = await stage.client.send<ProblemBody>(method, path, body);
  expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_ARGUMENT']);
  return (answer.body.violations ?? []).map(({ field, rule }) => `${field} ${rule}`);
};

beforeAll(async () => {
  stage = await PromiseStage.open();
  process.env['ORDO_DELIVERY_URL'] = stage.apis.A.url;
  await stage.lanes(['near', 'far']);
  await stage.lanes(['far'], 90);
}, CASE_MS);
afterAll(() => stage?.close());

describe('a promise', () => {
  it('is given for one lane and for many, in the order of the requests', async () => {
    const { status, body } = await ask(wanted('far'), wanted('near'), wanted('nowhere'));
    expect([status, body.degraded, body.room]).toEqual([200, false, 'A']);
    expect(body.promises.map(({ outcome, durationMinutes }) => [outcome, durationMinutes])).toEqual([
      ['PROMISED', 90],
      ['PROMISED', 35],
      ['NO_LANE', null],
    ]);
  });

  it('counts from the order that the caller means', async () => {
    const orderAt = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await ask(wanted('near', { orderAt }));
    expect(Date.parse(String(body.promises[0]?.['promisedAt'])) - Date.parse(orderAt)).toBe(35 * 60_000);
  });

  it('comes with a token only where it is asked for', async () => {
    const { body } = await ask(wanted('near', { freezeFor: 'takeout' }), wanted('near'));
    expect(body.promises.map(({ token }) => typeof token)).toEqual(['string', 'object']);
  });

  it('follows a change of the lane', async () => {
    await stage.lanes(['near'], 20);
    const { body } = await ask(wanted('near'));
    expect(body.promises[0]).toMatchObject({ durationMinutes: 20 });
  });

  it('is not given any more on a lane that was taken away', async () => {
    await stage.lanes(['gone']);
    await stage.client.send('PUT', '/v1/promise-lanes', { lanes: [{ ...aLane('gone'), bands: [] }] });
    await stage.settled();
    expect((await ask(wanted('gone'))).status).toBe(404);
  });
});

describe('what cannot be promised', () => {
  it('is a lane that nobody knows: 404 LANE_NOT_FOUND', async () => {
    const { status, body } = await ask<ProblemBody>(wanted('nowhere'));
    expect([status, body.code]).toEqual([404, 'LANE_NOT_FOUND']);
  });

  it('is refused by field and rule', async () => {
    expect(await faultsOf({ requests: [] })).toEqual(['requests list']);
    expect(await faultsOf({ requests: Array.from({ length: 51 }, () => wanted('near')) })).toEqual(['requests list']);
    expect(await faultsOf({ requests: [wanted('near', { originArea: 'a|b', serviceProduct: 'X', more: 1 })] })).toEqual(
      ['requests[0].more unknownField', 'requests[0].originArea text', 'requests[0].serviceProduct text'],
    );
    expect(await faultsOf({ requests: [wanted('near', { orderAt: '2020-01-01T00:00:00Z' })] })).toEqual([
      'requests[0].orderAt range',
    ]);
  });

  it('is nobody’s without the grant', async () => {
    const strange = stage.client.as(await aToken({ grants: ['order:read'] }));
    expect((await strange.post('/v1/promises', { requests: [wanted('near')] })).status).toBe(403);
    expect((await strange.get('/v1/promise-rooms')).status).toBe(403);
    expect((await strange.send('PUT', '/v1/promise-lanes', { lanes: [aLane('x')] })).status).toBe(403);
  });
});

describe('the operator’s commands', () => {
  it(
    'say how the rooms are, load them, force one, and bring both back in the right order',
    async () => {
      expect((await ordo('promise', 'load', '--full')).code).toBe(0);
      const calm = await ordo('promise', 'status');
      expect([calm.code, calm.lines[0]]).toEqual([0, expect.stringMatching(/read AUTO, write BOTH; obeyed by every/)]);
      const forced = await ordo('promise', 'force', '--read', 'B', '--write', 'B', '--reason', 'spec');
      expect([forced.code, forced.lines[0]]).toEqual([0, expect.stringMatching(/read B, write B; obeyed by every/)]);
      const unsafe = await ordo('promise', 'force', '--read', 'AUTO', '--write', 'B');
      expect([unsafe.code, unsafe.complaint]).toEqual([1, expect.stringContaining('PROMISE_SWITCH_UNSAFE')]);
      const recovered = await ordo('promise', 'recover');
      const steps = [...recovered.complaint.matchAll(/(\d) of 3: (\w+)/g)].map(([, step, verb]) => `${step} ${verb}`);
      expect([recovered.code, steps]).toEqual([0, ['1 write', '2 load', '3 read']]);
      expect((await ordo('promise', 'status')).lines[0]).toMatch(/read AUTO, write BOTH/);
    },
    CASE_MS,
  );
});

describe('an impossible lane', () => {
  it('is refused whole: none of the others is written', async () => {
    const broken = {
      ...aLane('broken'),
      bands: [
        { hour: 5, durationMinutes: 30, cutOffMinute: 100 },
        { hour: 5, durationMinutes: 30 },
      ],
    };
    const faults = await faultsOf({ lanes: [aLane('fine'), broken, aLane('fine')] }, '/v1/promise-lanes', 'PUT');
    expect(faults).toEqual([
      'lanes[1].bands[0].cutOffMinute withinBand',
      'lanes[1].bands[1].hour unique',
      'lanes[2] unique',
    ]);
    expect((await ask(wanted('fine'))).status).toBe(404);
  });

  it('is not loaded by name', async () => {
    const named = { mode: 'NAMED', lanes: [{ lane: 'no lane' }] };
    expect(await faultsOf(named, '/v1/promise-rooms/loads')).toEqual(['lanes[0].lane laneName']);
    expect(await faultsOf({ mode: 'NAMED' }, '/v1/promise-rooms/loads')).toEqual(['lanes mode']);
  });
});
