/** Which changes of a grant are told to everyone, and what a grant is called by its state. Pure. */
import { type CompensationEventName, CompensationStatus } from '@ordo/contracts';
import { TransferState } from '../transfer/transfer.state.js';

export const statusOfGrant: Readonly<Record<TransferState, CompensationStatus>> = {
  [TransferState.RESERVED]: CompensationStatus.GRANTED,
  [TransferState.SENT]: CompensationStatus.PAYING,
  // Tried again by itself: nothing that anybody else has to act on.
  [TransferState.FAILED]: CompensationStatus.PAYING,
  [TransferState.STALLED]: CompensationStatus.FAILED,
  [TransferState.CONFIRMED]: CompensationStatus.PAID,
  [TransferState.RELEASED]: CompensationStatus.FAILED,
};

const eventOfStatus: Readonly<Record<CompensationStatus, CompensationEventName | undefined>> = {
  [CompensationStatus.GRANTED]: 'compensation.granted',
  [CompensationStatus.PAYING]: undefined,
  [CompensationStatus.PAID]: 'compensation.paid',
  [CompensationStatus.FAILED]: 'compensation.failed',
};

/** The event of a change; undefined for one that changes nothing outside of the centre. `before` absent: the grant is new. */
export function toldBy(before: TransferState | undefined, after: TransferState): CompensationEventName | undefined {
  const status = statusOfGrant[after];
  if (before !== undefined && statusOfGrant[before] === status) return undefined;
  return eventOfStatus[status];
}

/** How many events there are of a grant after a change: their numbers have no gaps. */
export const eventsAfter = (told: number, before: TransferState | undefined, after: TransferState): number =>
  told + (toldBy(before, after) === undefined ? 0 : 1);
