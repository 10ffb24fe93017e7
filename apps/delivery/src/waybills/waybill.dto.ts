/** How a waybill is named. */
import { Text } from '@ordo/platform';
import { WAYBILL_ID } from './waybill.js';

const MAX_WAYBILL_ID = 24;

export class WaybillPathDto {
  @Text({ max: MAX_WAYBILL_ID, pattern: WAYBILL_ID, example: '127053183455232001-1' })
  readonly waybillId!: string;
}
