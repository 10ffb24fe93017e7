/** The answers about the ledger as OpenAPI describes them; see refund-answer.dto.ts. */
import { Answer, Words } from '@ordo/platform';
import type { Reconciliations } from '../operations/ledger-operations.js';
import type { ChannelReconciliation } from '../reconciliation/reconcile-day.js';
import { type Difference, DifferenceKind } from '../reconciliation/reconciliation.rules.js';
import { TransferState } from '../transfer/transfer.state.js';

const amountOrNull = (description: string): PropertyDecorator =>
  Answer({ type: 'integer', nullable: true, description, example: 1014 });
const textOrNull = (description: string, example: string): PropertyDecorator =>
  Answer({ type: String, nullable: true, description, example });

class DifferenceAnswer implements Difference {
  @Answer({ enum: Object.values(DifferenceKind), example: 'UNKNOWN_TO_LEDGER' }) readonly kind!: DifferenceKind;
  @textOrNull('Null where the channel has none of ours', '127053183455232001-1') readonly refundNumber!: string | null;
  @textOrNull('The channel’s own id', 're_00000001') readonly reference!: string | null;
  @amountOrNull('By the channel; null where it has nothing') readonly channelAmount!: number | null;
  @amountOrNull('By the ledger; null where it has nothing') readonly ledgerAmount!: number | null;
  @Answer({ enum: Object.values(TransferState), nullable: true, example: null })
  readonly ledgerState!: TransferState | null;
}

class ChannelReconciliationAnswer implements ChannelReconciliation {
  @Words('generic') readonly channel!: string;
  @Answer({ type: String, format: 'date', example: '2026-11-20' }) readonly date!: string;
  @Answer({ type: 'integer', description: 'Refunds of the day, by the channel', example: 40 })
  readonly channelRefunds!: number;
  @Answer({ type: 'integer', description: 'What of them moved, by the channel; minor units', example: 40560 })
  readonly channelMoved!: number;
  @Answer({ type: 'integer', description: 'What of them is confirmed, by the ledger; minor units', example: 40560 })
  readonly ledgerConfirmed!: number;
  @Answer({ type: [DifferenceAnswer], description: 'Each for a person: nothing is mended by itself' })
  readonly differences!: readonly DifferenceAnswer[];
}

export class ReconciliationsAnswer implements Reconciliations {
  @Answer({ type: [ChannelReconciliationAnswer] }) readonly channels!: readonly ChannelReconciliationAnswer[];
}
