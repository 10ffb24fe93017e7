/** The table of a transfer, pair by pair: what is not in it changes nothing, and only two states are ends. */
import { describe, expect, it } from '@jest/globals';
import {
  isTerminal,
  nextTransfer,
  TransferFact,
  TransferNews,
  TransferState,
  transferTable,
} from './transfer.state.js';
import { defaultPace } from './transfer-pace.rules.js';
import { advance, reservedProgress, type TransferProgress } from './transfer-progress.js';
import { stepOf, TransferStep } from './transfer-step.rules.js';

const NOON_MS = 1_790_000_000_000;
const states = Object.values(TransferState);
const news = Object.values(TransferNews);
const pairs = states.flatMap((from) => news.map((on) => [from, on] as const));

const inState = (state: TransferState): TransferProgress => ({
  ...{ ...reservedProgress(NOON_MS), state, version: 7, sends: 2, looks: 3, failures: 1 },
  nextAtMs: isTerminal(state) || state === TransferState.STALLED ? null : NOON_MS,
});

describe('the table of a transfer', () => {
  it.each(pairs)('%s, on %s: leads where the table says or changes nothing', (state, on) => {
    const listed = transferTable.find((row) => row.from === state && row.on === on);
    const advanced = advance(inState(state), { news: on }, NOON_MS, defaultPace);
    expect(advanced?.after.state).toBe(listed?.to);
    expect(advanced?.fact).toBe(listed?.fact);
    expect(advanced?.after.version).toBe(listed === undefined ? undefined : 8);
  });

  it('has one row for a pair', () => {
    const keys = transferTable.map(({ from, on }) => `${from}>${on}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('leaves no end: news after it are written down at most', () => {
    for (const [from, on] of pairs.filter(([state]) => isTerminal(state))) {
      const row = nextTransfer(from, on);
      expect(row === undefined || (row.to === from && row.fact === TransferFact.CONTRADICTED)).toBe(true);
    }
  });

  it('confirms on nothing but the word that money moved, from every state that is open', () => {
    const confirming = transferTable.filter(({ to, from }) => to === TransferState.CONFIRMED && from !== to);
    expect(new Set(confirming.map(({ on }) => on))).toEqual(new Set([TransferNews.SUCCEEDED]));
    expect(confirming.map(({ from }) => from).sort()).toEqual(states.filter((state) => !isTerminal(state)).sort());
  });

  it('releases on nothing but a final refusal or a person’s word', () => {
    const releasing = transferTable.filter(({ to, from }) => to === TransferState.RELEASED && from !== to);
    expect(releasing.map(({ from, on }) => `${from}>${on}`).sort()).toEqual([
      'SENT>REFUSED_FINALLY',
      'STALLED>RELEASE',
    ]);
  });

  it('lets every open state reach an end', () => {
    const reaches = new Set<TransferState>([TransferState.CONFIRMED]);
    // As many rounds as there are states: the longest way there is.
    for (let round = 0; round < states.length; round += 1) {
      for (const { from, to } of transferTable) if (reaches.has(to)) reaches.add(from);
    }
    expect(states.filter((state) => !reaches.has(state))).toEqual([TransferState.RELEASED]);
  });
});

describe('the pace of a transfer', () => {
  it('doubles its waits up to a limit, and waits as long as the partner asks', () => {
    let progress = inState(TransferState.SENT);
    const waits: number[] = [];
    for (let failures = 2; failures < 16; failures += 1) {
      progress = { ...progress, state: TransferState.SENT };
      const advanced = advance(progress, { news: TransferNews.REFUSED }, NOON_MS, defaultPace);
      progress = advanced?.after ?? progress;
      waits.push((progress.nextAtMs ?? 0) - NOON_MS);
    }
    expect(waits.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
    expect(Math.max(...waits)).toBe(defaultPace.maxRetryMs);
    const limited = advance(
      inState(TransferState.SENT),
      { news: TransferNews.REFUSED, retryAfterMs: 90_000 },
      NOON_MS,
      defaultPace,
    );
    expect(limited?.after.nextAtMs).toBe(NOON_MS + 90_000);
  });

  it('asks a partner ever more rarely that loses or breaks each request, and calls a person in the end', () => {
    let progress = reservedProgress(NOON_MS);
    const waits: number[] = [];
    while (stepOf(progress, defaultPace) !== TransferStep.GIVE_UP && waits.length < 1_000) {
      const sent = advance(progress, { news: TransferNews.SEND }, NOON_MS, defaultPace)?.after ?? progress;
      progress = advance(sent, { news: TransferNews.UNANSWERED }, NOON_MS, defaultPace)?.after ?? sent;
      waits.push((progress.nextAtMs ?? 0) - NOON_MS);
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits).toHaveLength(defaultPace.maxLooks);
    expect(Math.max(...waits)).toBe(defaultPace.maxLookMs);
    const refused = { ...progress, state: TransferState.FAILED };
    expect(advance(refused, { news: TransferNews.SEND }, NOON_MS, defaultPace)?.after.looks).toBe(0);
  });

  it('counts a recorded refusal for ever, and failures only until a person says again', () => {
    const refused = advance(
      inState(TransferState.SENT),
      { news: TransferNews.REFUSED, isRecorded: true },
      NOON_MS,
      defaultPace,
    );
    expect(refused?.after).toMatchObject({ failures: 2, refusals: 1 });
    const stalled = { ...inState(TransferState.STALLED), failures: 16, refusals: 4, failure: 'DENIED' };
    const again = advance(stalled, { news: TransferNews.RETRY, reason: 'by service:x' }, NOON_MS, defaultPace);
    expect(again?.after).toMatchObject({
      state: TransferState.SENT,
      failure: 'DENIED',
      failures: 0,
      looks: 0,
      refusals: 4,
      nextAtMs: NOON_MS,
    });
  });
});
