/**
 * Promise P2: an event is published only when the state that it speaks of can be read from both dimensions. A consumer reads both back
 * from MySQL at the moment of receipt, while the load goes on.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOTHING_WRONG } from '../harness/accountant.js';
import type { DimensionReader } from '../harness/dimension-reader.js';
import type { EventRecorderOptions, RecordedEvent } from '../harness/event-recorder.js';
import { FaultStage } from '../harness/fault-stage.js';
import { WHOLE_LIFE } from '../harness/order-load.js';

const CLIENTS = 16;
const LOAD_MS = 5_000;
/** Few in hand, so that an event is read back as soon as it is here and not after a queue of others. */
const PREFETCH = 8;
const CASE_MS = 60_000;

describe('a consumer that reads back at the moment of receipt', () => {
  const older: string[] = [];
  let readBack = 0;
  let stage: FaultStage;

  const readingBack = (reader: DimensionReader): EventRecorderOptions => ({
    prefetch: PREFETCH,
    onEvent: async (event: RecordedEvent) => {
      const versions = await reader.versionsOf(event);
      readBack += 1;
      const isOlder = versions.some((version) => version === undefined || version < event.version);
      if (isOlder) older.push(`${event.id} found ${versions.join(' and ')}`);
    },
  });

  beforeAll(async () => {
    stage = await FaultStage.open({ recorder: readingBack });
  }, CASE_MS);

  afterAll(() => stage?.close(), CASE_MS);

  it(
    'never finds an older order than its event in either dimension, under load',
    async () => {
      const load = stage.load({ clients: CLIENTS, steps: WHOLE_LIFE });
      await pause(LOAD_MS);
      const account = await stage.accountant.settle('read back', await load.stop());
      console.log(`read back: ${readBack} events from both dimensions, ${older.length} found an older order`);
      expect(account).toMatchObject({ ...NOTHING_WRONG, failed: 0, repeated: 0 });
      expect(readBack).toBeGreaterThanOrEqual(account.events);
      expect(older).toEqual([]);
    },
    CASE_MS,
  );
});
