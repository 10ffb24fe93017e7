import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type WaybillDocument } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, type Path, Problems } from '@ordo/platform';
import { WAYBILL_ID } from '../waybills/waybill.js';
import { WaybillDesk } from '../waybills/waybill-desk.js';
import { WaybillAnswer } from './delivery-answer.dto.js';

@ApiTags('Deliveries')
@Bearer()
@Controller('v1/waybills/:waybillId')
export class WaybillsController {
  constructor(private readonly desk: WaybillDesk) {}

  @Get()
  @Grant(CallerGrant.DELIVERY_READ)
  @ApiOperation({ operationId: 'readWaybill', summary: 'One call of a carrier, by the name that the carrier knows' })
  @ApiParam({ name: 'waybillId', schema: { type: 'string', pattern: WAYBILL_ID.source } })
  @ApiOkResponse({ type: WaybillAnswer })
  @Problems('WAYBILL_NOT_FOUND')
  read(@Param() path: Path, @CurrentCall() call: CallContext): Promise<WaybillDocument> {
    return this.desk.read(path, call);
  }
}
