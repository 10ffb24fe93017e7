/** What is to be done with a transfer whose time has come. */
import { isTerminal, TransferState } from './transfer.state.js';
import type { TransferPace } from './transfer-pace.rules.js';
import type { TransferProgress } from './transfer-progress.js';

export const TransferStep = { SEND: 'SEND', LOOK: 'LOOK', GIVE_UP: 'GIVE_UP', NONE: 'NONE' } as const;
export type TransferStep = (typeof TransferStep)[keyof typeof TransferStep];

export function stepOf(progress: TransferProgress, pace: TransferPace): TransferStep {
  const { state, failures, looks } = progress;
  if (isTerminal(state) || state === TransferState.STALLED) return TransferStep.NONE;
  if (state === TransferState.RESERVED) return TransferStep.SEND;
  if (state === TransferState.FAILED) {
    return failures >= pace.maxFailures ? TransferStep.GIVE_UP : TransferStep.SEND;
  }
  return looks >= pace.maxLooks ? TransferStep.GIVE_UP : TransferStep.LOOK;
}
