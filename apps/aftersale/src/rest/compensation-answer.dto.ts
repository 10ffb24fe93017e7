/** The answers of the compensation centre as OpenAPI describes them; see refund-answer.dto.ts. */
import {
  CompensationAsset,
  type CompensationDocument,
  type CompensationStatus,
  compensationStatuses,
  LiableParty,
} from '@ordo/contracts';
import { Answer, Id, Instant, Words } from '@ordo/platform';
import type { CompensationAnswer, OrderCompensations } from '../operations/compensation-operations.js';

export class CompensationDocumentAnswer implements CompensationDocument {
  @Id('127053183455232999') readonly compensationId!: string;
  @Answer({ type: String, description: 'The payer’s idempotency key', example: '127053183455232001-c-late-delivery' })
  readonly compensationNumber!: string;
  @Id('127053183455232001') readonly orderId!: string;
  @Id('10001') readonly userId!: string;
  @Id('20001') readonly merchantId!: string;
  @Words('takeout') readonly bizType!: string;
  @Words('late-delivery') readonly rule!: string;
  @Answer({ type: 'integer', minimum: 1, description: 'Which computed it; a rule is never edited', example: 1 })
  readonly ruleVersion!: number;
  @Answer({ enum: Object.values(CompensationAsset), example: 'RED_PACKET' }) readonly asset!: CompensationAsset;
  @Answer({ type: 'integer', description: 'Minor units, or points', example: 600 }) readonly amount!: number;
  @Words('CNY') readonly currency!: string;
  @Answer({ enum: Object.values(LiableParty), description: 'Who bears it', example: 'CARRIER' })
  readonly liable!: LiableParty;
  @Answer({ enum: compensationStatuses, example: 'PAID' }) readonly status!: CompensationStatus;
  @Answer({ type: 'integer', minimum: 1, description: 'Rises with every event of it', example: 2 })
  readonly version!: number;
  @Answer({ type: String, nullable: true, description: 'Why the payer refused last, a stable word', example: null })
  readonly failure!: string | null;
  @Instant() readonly grantedAt!: string;
}

export class CompensationAnswerBody implements CompensationAnswer {
  @Answer({ enum: ['GRANTED', 'NOTHING_OWED'], description: 'NOTHING_OWED: nothing was written' })
  readonly outcome!: 'GRANTED' | 'NOTHING_OWED';
  @Answer({ type: Boolean, description: 'The order had been granted by this rule before', example: false })
  readonly replayed!: boolean;
  @Answer({ type: CompensationDocumentAnswer, nullable: true })
  readonly compensation!: CompensationDocumentAnswer | null;
}

export class OrderCompensationsAnswer implements OrderCompensations {
  @Answer({ type: [CompensationDocumentAnswer] }) readonly compensations!: readonly CompensationDocumentAnswer[];
}
