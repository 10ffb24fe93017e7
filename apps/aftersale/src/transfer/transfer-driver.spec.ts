/** One step at a time: what is asked, in which order, and what is believed. */
import { describe, expect, it } from '@jest/globals';
import {
  type PartnerAnswer,
  PartnerRefusal,
  type PartnerStanding,
  refused,
  UnknownCause,
  unknown,
} from './partner-answer.js';
import { TransferState } from './transfer.state.js';
import { TransferDriver } from './transfer-driver.js';
import { defaultPace } from './transfer-pace.rules.js';
import { advance, reservedProgress, type Tidings, type TransferProgress } from './transfer-progress.js';

const NOON_MS = 1_790_000_000_000;
const NUMBER = '17-1';

interface Held extends TransferProgress {
  readonly number: string;
}

/** A book of one transfer, a partner that answers as told, and the order in which both were asked. */
class Desk {
  held: Held = { ...reservedProgress(NOON_MS), number: NUMBER };
  readonly calls: string[] = [];
  onSend: () => void = () => undefined;

  constructor(
    private readonly answer: PartnerAnswer,
    private readonly standing: PartnerStanding,
  ) {}

  async step(version = this.held.version, patienceMs = 0): Promise<TransferState> {
    const driver = new TransferDriver<Held>(
      {
        read: async () => this.held,
        record: async (_, tidings, expected) => this.record(tidings, expected),
      },
      {
        send: async () => {
          this.calls.push('send');
          this.onSend();
          return this.answer;
        },
        query: async () => {
          this.calls.push('query');
          return this.standing;
        },
      },
      { ...defaultPace, patienceMs },
    );
    await driver.step(NUMBER, version);
    return this.held.state;
  }

  record(tidings: Tidings, expected: number): Held | undefined {
    if (this.held.version !== expected) return undefined;
    const advanced = advance(this.held, tidings, NOON_MS, defaultPace);
    if (advanced === undefined) return undefined;
    this.calls.push(advanced.fact);
    this.held = { ...this.held, ...advanced.after };
    return this.held;
  }

  /** As it is after a send that got no answer. */
  async sent(): Promise<this> {
    this.record({ news: 'SEND' }, this.held.version);
    this.calls.length = 0;
    return this;
  }
}

const NOT_FOUND: PartnerStanding = { kind: 'not-found' };
const PENDING: PartnerStanding = { kind: 'pending', reference: 're_1' };
const DONE: PartnerStanding = { kind: 'succeeded', reference: 're_1' };
const NO: PartnerStanding = { kind: 'failed', reason: PartnerRefusal.AMOUNT_EXCEEDS };
const SILENCE = unknown(UnknownCause.TIMEOUT);
const ACCEPTED: PartnerAnswer = { kind: 'accepted', reference: 're_1' };
const CLAIMED: PartnerAnswer = { kind: 'succeeded', reference: 're_1' };
const NEVER = refused(PartnerRefusal.AMOUNT_EXCEEDS);

describe('a step of a transfer', () => {
  it('writes down that it sends before it sends', async () => {
    const desk = new Desk(ACCEPTED, PENDING);
    await expect(desk.step()).resolves.toBe(TransferState.SENT);
    expect(desk.calls).toEqual(['SENT', 'send', 'ACCEPTED']);
  });

  it.each([
    ['a claim of success, by the book that has it', CLAIMED, DONE, TransferState.CONFIRMED],
    ['no claim of success while the book says pending', CLAIMED, PENDING, TransferState.SENT],
    ['no claim of success that the book cannot confirm', CLAIMED, SILENCE, TransferState.SENT],
    ['a final refusal when the book has failed it', NEVER, NO, TransferState.RELEASED],
    ['a final refusal when the book has nothing of it', NEVER, NOT_FOUND, TransferState.RELEASED],
    ['no final refusal of money that moved', NEVER, DONE, TransferState.CONFIRMED],
    ['no final refusal while a movement is pending', NEVER, PENDING, TransferState.SENT],
    ['no final refusal while the book is silent', NEVER, SILENCE, TransferState.SENT],
  ])('believes %s', async (_, answer, standing, state) => {
    const desk = new Desk(answer, standing);
    await expect(desk.step()).resolves.toBe(state);
    expect(desk.calls.slice(0, 3)).toEqual(['SENT', 'send', 'query']);
  });

  it.each([
    ['is found succeeded', DONE, TransferState.CONFIRMED, ['query', 'CONFIRMED']],
    ['is found pending', PENDING, TransferState.SENT, ['query', 'PENDING']],
    ['is found failed', NO, TransferState.FAILED, ['query', 'FAILED']],
    ['is not told about', SILENCE, TransferState.SENT, ['query', 'UNANSWERED']],
    ['never arrived', NOT_FOUND, TransferState.SENT, ['query', 'SENT', 'send', 'ACCEPTED']],
  ])('after an unknown outcome asks first; the request %s', async (_, standing, state, calls) => {
    const desk = await new Desk(ACCEPTED, standing).sent();
    await expect(desk.step()).resolves.toBe(state);
    expect(desk.calls).toEqual(calls);
  });

  it('that was promised writes nothing more where the callback comes at once, and what was promised where it does not', async () => {
    const heard = new Desk(ACCEPTED, DONE);
    heard.onSend = () => setImmediate(() => heard.record({ news: 'SUCCEEDED' }, heard.held.version));
    await expect(heard.step(1, 20)).resolves.toBe(TransferState.CONFIRMED);
    expect(heard.calls).toEqual(['SENT', 'send', 'CONFIRMED']);
    const silent = new Desk(ACCEPTED, DONE);
    await expect(silent.step(1, 20)).resolves.toBe(TransferState.SENT);
    expect(silent.calls).toEqual(['SENT', 'send', 'ACCEPTED']);
  });

  it('of an older version does nothing at all', async () => {
    const desk = await new Desk(ACCEPTED, DONE).sent();
    await desk.step(1);
    expect(desk.calls).toEqual([]);
  });

  it('drops its answer when a callback was faster', async () => {
    const desk = new Desk(refused(PartnerRefusal.BUSY), PENDING);
    desk.onSend = () => void desk.record({ news: 'SUCCEEDED' }, desk.held.version);
    await expect(desk.step()).resolves.toBe(TransferState.CONFIRMED);
    expect(desk.calls).toEqual(['SENT', 'send', 'CONFIRMED']);
  });

  it('calls a person after so many failures, without another request', async () => {
    const desk = new Desk(refused(PartnerRefusal.BUSY), NOT_FOUND);
    for (let failures = 0; failures < defaultPace.maxFailures; failures += 1) await desk.step();
    const before = desk.calls.filter((call) => call === 'send').length;
    await expect(desk.step()).resolves.toBe(TransferState.STALLED);
    expect(desk.calls.filter((call) => call === 'send')).toHaveLength(before);
    await desk.step();
    expect(desk.calls.at(-1)).toBe('STALLED');
  });
});
