/** Deliveries as OpenAPI describes them; `implements` keeps them in step with what the desks answer. */
import {
  type CarrierReport,
  type CarrierReportPage,
  type DeliveryDocument,
  type DeliveryExpectedIncome,
  type DeliveryLateness,
  type DeliveryState,
  type DeliverySubState,
  type DeliveryTimeline,
  type DeliveryTimelineEntry,
  deliveryStates,
  deliverySubStates,
  type WaybillDocument,
} from '@ordo/contracts';
import { Amount, Answer, Id, Instant, Whole, WholeOrNull, Words } from '@ordo/platform';
import type { AcknowledgementAnswer, CallbackAnswer, HandOffPage, PulledHandOff } from '../callbacks/carrier-desk.js';
import type { PushAnswer } from '../commands/delivery-desk.js';
import { PushOutcome } from '../hand-off/pusher.js';
import { ReportOutcome } from '../waybill-life/report.rules.js';
import type { HandOffPayload } from '../waybills/waybill.js';

const ORDER_ID = '127053183455232001';
const WordsOrNull = (example: string | null, description: string): PropertyDecorator =>
  Answer({ type: String, nullable: true, example, description });

class LatenessAnswer implements DeliveryLateness {
  @Answer({ enum: ['PUNCTUAL', 'LATE', 'EXCLUDED'], example: 'PUNCTUAL' })
  readonly verdict!: DeliveryLateness['verdict'];
  @Whole(0) readonly minutesLate!: number;
  @WordsOrNull(null, 'Why nothing is owed') readonly exclusion!: string | null;
}

class ExpectedIncomeAnswer implements DeliveryExpectedIncome {
  @Answer({
    type: 'integer',
    description: 'Minor units; an estimate, the bill prevails; may be negative',
    example: 1360,
  })
  readonly income!: number;
  @Amount(240) readonly commission!: number;
  @Words('house') readonly servicePackage!: string;
  @Whole(1) readonly formulaVersion!: number;
}

export class DeliveryAnswer implements DeliveryDocument {
  @Id('127053183455232888') readonly deliveryId!: string;
  @Id(ORDER_ID) readonly orderId!: string;
  @Id('10001') readonly userId!: string;
  @Id('20001') readonly merchantId!: string;
  @Words('takeout') readonly bizType!: string;
  @Answer({ type: 'integer', minimum: 1, description: 'Rises by one with every event', example: 4 })
  readonly version!: number;
  @Answer({ enum: deliveryStates, example: 'TO_FETCH' }) readonly state!: DeliveryState;
  @Answer({ enum: deliverySubStates, nullable: true, example: null }) readonly subState!: DeliverySubState | null;
  @Instant() readonly since!: string;
  @Whole(1) readonly attempt!: number;
  @Words(`${ORDER_ID}-1`) readonly waybillId!: string;
  @WordsOrNull('hub', 'Null where the merchant delivers') readonly carrier!: string | null;
  @WordsOrNull('courier-7', 'The carrier’s name for the person') readonly courierId!: string | null;
  @Words('CNY') readonly currency!: string;
  @Amount(0) readonly tip!: number;
  @Instant({ nullable: true }) readonly promisedAt!: string | null;
  @Instant({ nullable: true }) readonly deliveredAt!: string | null;
  @Answer({ type: LatenessAnswer, nullable: true, description: 'Null until it is judged' })
  readonly lateness!: LatenessAnswer | null;
  @Answer({ type: ExpectedIncomeAnswer, nullable: true, description: 'For the merchant and for services' })
  readonly expectedIncome!: ExpectedIncomeAnswer | null;
  @Answer({ type: Boolean, description: 'No carrier acknowledged for a quarter of an hour', example: false })
  readonly isUnclaimed!: boolean;
}

class TimelineEntryAnswer implements DeliveryTimelineEntry {
  @Whole(1) readonly version!: number;
  @Words('delivery.to_call') readonly type!: string;
  @Answer({ enum: deliveryStates }) readonly state!: DeliveryState;
  @Answer({ enum: deliverySubStates, nullable: true }) readonly subState!: DeliverySubState | null;
  @Whole(1) readonly attempt!: number;
  @WordsOrNull('hub', 'Who was called') readonly carrier!: string | null;
  @WordsOrNull(null, 'Who carried') readonly courierId!: string | null;
  @WholeOrNull(2, 'Who acted') readonly role!: number | null;
  @Instant() readonly occurredAt!: string;
}

export class DeliveryTimelineAnswer implements DeliveryTimeline {
  @Id(ORDER_ID) readonly orderId!: string;
  @Answer({ type: [TimelineEntryAnswer], description: 'Oldest first' })
  readonly entries!: readonly TimelineEntryAnswer[];
}

export class WaybillAnswer implements WaybillDocument {
  @Words(`${ORDER_ID}-1`) readonly waybillId!: string;
  @Id(ORDER_ID) readonly orderId!: string;
  @Whole(1) readonly attempt!: number;
  @Answer({ type: Boolean, description: 'Whether its carrier has a say; of an order at most one has', example: true })
  readonly isCurrent!: boolean;
  @Words('hub') readonly carrier!: string;
  @WordsOrNull('R-17', 'The carrier’s own name for it; null until it says so') readonly carrierRef!: string | null;
  @Words('c0ffee…') readonly digest!: string;
  @Instant() readonly calledAt!: string;
  @Instant({ nullable: true }) readonly acknowledgedAt!: string | null;
}

class CarrierReportAnswer implements CarrierReport {
  @Id('17') readonly reportId!: string;
  @Words(`${ORDER_ID}-1`) readonly waybillId!: string;
  @Whole(1) readonly attempt!: number;
  @Words('hub') readonly carrier!: string;
  @Answer({ enum: deliveryStates, example: 'AT_SHOP' }) readonly state!: DeliveryState;
  @Answer({ enum: deliverySubStates, nullable: true, example: null }) readonly subState!: DeliverySubState | null;
  @WordsOrNull('courier-7', 'The carrier’s name for the person') readonly courierId!: string | null;
  @Answer({ enum: Object.values(ReportOutcome), description: 'What it changed, or why nothing', example: 'ADVANCED' })
  readonly outcome!: string;
  @Instant() readonly occurredAt!: string;
  @Instant() readonly receivedAt!: string;
  @Words('{"waybillId":"…"}') readonly raw!: string;
}

export class CarrierReportPageAnswer implements CarrierReportPage {
  @Id(ORDER_ID) readonly orderId!: string;
  @Answer({ type: [CarrierReportAnswer], description: 'In the order in which they were received' })
  readonly reports!: readonly CarrierReportAnswer[];
  @WordsOrNull(null, 'Continues the list; null on its last page') readonly nextCursor!: string | null;
}

export class PushAnswerDto implements PushAnswer {
  @Answer({ enum: Object.values(PushOutcome), example: 'acknowledged' }) readonly outcome!: string;
}

export class CallbackAnswerDto implements CallbackAnswer {
  @Words(`${ORDER_ID}-1`) readonly waybillId!: string;
  @Answer({ enum: deliveryStates, description: 'Of the delivery, after the message' }) readonly state!: DeliveryState;
  @Answer({ enum: Object.values(ReportOutcome), description: 'What the message changed, or why nothing' })
  readonly outcome!: ReportOutcome;
}

class PulledHandOffAnswer implements PulledHandOff {
  @Words(`${ORDER_ID}-1`) readonly waybillId!: string;
  @Whole(1) readonly attempt!: number;
  @Words('9x…') readonly credential!: string;
  @Words('c0ffee…') readonly digest!: string;
  @Amount(0) readonly tip!: number;
  @Answer({ type: 'object', additionalProperties: true, description: 'As in a push' })
  readonly handOff!: HandOffPayload;
}

export class HandOffPageAnswer implements HandOffPage {
  @Answer({ type: [PulledHandOffAnswer] }) readonly handOffs!: readonly PulledHandOffAnswer[];
  @WordsOrNull(null, 'Continues the list; null at its end') readonly nextCursor!: string | null;
}

export class AcknowledgementAnswerDto implements AcknowledgementAnswer {
  @Answer({ type: [String] }) readonly acknowledged!: readonly string[];
  @Answer({ type: [String] }) readonly unknown!: readonly string[];
}
