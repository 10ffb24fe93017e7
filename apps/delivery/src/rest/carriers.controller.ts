import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { OpenToAll, Problems, type RawMessage, SignedMessage } from '@ordo/platform';
import {
  type AcknowledgementAnswer,
  type CallbackAnswer,
  CarrierDesk,
  type HandOffPage,
} from '../callbacks/carrier-desk.js';
import { AcknowledgementAnswerDto, CallbackAnswerDto, HandOffPageAnswer } from './delivery-answer.dto.js';

/** For carriers, who sign their messages instead of carrying a token: see `docs/api/carrier.openapi.yaml`. */
@ApiTags('Carriers')
@Controller('v1/carriers/:carrier')
export class CarriersController {
  constructor(private readonly desk: CarrierDesk) {}

  @Post('callbacks')
  @HttpCode(200)
  @OpenToAll()
  @ApiOperation({
    operationId: 'reportState',
    summary: 'A carrier reports where a waybill is; signed, refused the second time',
  })
  @ApiOkResponse({ type: CallbackAnswerDto })
  @Problems('CARRIER_UNKNOWN', 'WAYBILL_NOT_FOUND', 'SIGNATURE_INVALID', 'SIGNATURE_EXPIRED', 'MESSAGE_REPLAYED')
  callback(@Param('carrier') carrier: string, @SignedMessage() message: RawMessage): Promise<CallbackAnswer> {
    return this.desk.callback(carrier, message, null);
  }

  @Get('hand-offs')
  @OpenToAll()
  @ApiOperation({
    operationId: 'pullHandOffs',
    summary: 'What the carrier has not acknowledged; signed over path and query',
  })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiOkResponse({ type: HandOffPageAnswer })
  @Problems('CARRIER_UNKNOWN', 'SIGNATURE_INVALID', 'SIGNATURE_EXPIRED')
  pull(
    @Param('carrier') carrier: string,
    @SignedMessage() message: RawMessage,
    @Query('cursor') cursor?: string,
  ): Promise<HandOffPage> {
    return this.desk.pull(carrier, message, cursor);
  }

  @Post('acknowledgements')
  @HttpCode(200)
  @OpenToAll()
  @ApiOperation({
    operationId: 'acknowledgeHandOffs',
    summary: 'The carrier has these waybills, as if a push had told it',
  })
  @ApiOkResponse({ type: AcknowledgementAnswerDto })
  @Problems('CARRIER_UNKNOWN', 'SIGNATURE_INVALID', 'SIGNATURE_EXPIRED')
  acknowledge(@Param('carrier') carrier: string, @SignedMessage() message: RawMessage): Promise<AcknowledgementAnswer> {
    return this.desk.acknowledge(carrier, message);
  }
}
