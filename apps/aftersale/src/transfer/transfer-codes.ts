/** States of transfers as TINYINT; a number is never given another meaning. */
import { invariant } from '@ordo/kernel';
import { TransferState } from './transfer.state.js';

export const transferStateCode = {
  RESERVED: 1,
  SENT: 2,
  FAILED: 3,
  STALLED: 4,
  CONFIRMED: 5,
  RELEASED: 6,
} as const satisfies Readonly<Record<TransferState, number>>;

const stateByCode = new Map<number, TransferState>(
  Object.values(TransferState).map((state) => [transferStateCode[state], state]),
);

export function transferStateOf(code: number): TransferState {
  const state = stateByCode.get(code);
  invariant(state !== undefined, `no state of a transfer has the number ${code}`, { code });
  return state;
}
