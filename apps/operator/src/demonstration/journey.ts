/** What a journey is: one order's life as steps, each with the answer and the event that it must bring. Data, no behaviour. */
import type { ErrorCode, InvalidReason, OrderEventName, OrderStatus } from '@ordo/contracts';

export type BizType = 'takeout' | 'virtual';
export type Command = 'place' | 'pay' | 'accept' | 'receive' | 'complete' | 'invalidate' | 'read';

/** Whose token a step carries: the order's own parties, the payment side, our customer service, a courier platform, a stranger. */
export type Caller = 'user' | 'merchant' | 'payment' | 'service' | 'carrier' | 'stranger';

/** `deadline`: nobody calls; the order is waited for. `operator`: something is done to the servers meanwhile. */
export type Actor = Caller | 'deadline' | 'operator';

/** The step is taken: the order is in `status` afterwards and `emits` went out; null where nothing happened. */
export interface Taken {
  readonly status: OrderStatus;
  readonly emits: OrderEventName | null;
  /** Why it is invalid, where that matters. */
  readonly reasonCode?: InvalidReason;
}

/** The step is refused with this code; a conflict names the state that the order is in. */
export interface Refused {
  readonly code: ErrorCode;
  readonly http: number;
  readonly currentStatus?: OrderStatus;
}

export interface Step {
  readonly command: Command;
  readonly by: Actor;
  /** What a reader should know of it; empty where the request says it all. */
  readonly remark: string;
  /** What differs from the usual body of the command. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly expect: Taken | Refused;
}

export interface Journey {
  readonly bizType: BizType;
  readonly title: string;
  readonly steps: readonly Step[];
}

export const isTaken = (expect: Taken | Refused): expect is Taken => 'emits' in expect;

/** The events of the whole journey, in the order of their versions. */
export function eventsOf(journey: Journey): readonly OrderEventName[] {
  return journey.steps.flatMap(({ expect }) => (isTaken(expect) && expect.emits !== null ? [expect.emits] : []));
}

/** `takeout PAID accept` for every row of a state table that the journey takes; the state before a placement is `–`. */
export function rowsTaken({ bizType, steps }: Journey): readonly string[] {
  const rows: string[] = [];
  let from = '–';
  for (const { command, expect } of steps) {
    if (!isTaken(expect) || command === 'read') continue;
    if (command === 'place' && from !== '–') continue;
    rows.push(`${bizType} ${from} ${command}`);
    from = expect.status;
  }
  return rows;
}
