import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type CarrierReportPage, type DeliveryDocument, type DeliveryTimeline } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, PageDto, type Path, Problems } from '@ordo/platform';
import { DeliveryCommandDto, RecallDto, TipDto } from '../commands/delivery.dto.js';
import { DeliveryDesk, type PushAnswer } from '../commands/delivery-desk.js';
import { DisputeDesk } from '../disputes/dispute-desk.js';
import {
  CarrierReportPageAnswer,
  DeliveryAnswer,
  DeliveryTimelineAnswer,
  PushAnswerDto,
} from './delivery-answer.dto.js';

@ApiTags('Deliveries')
@Bearer()
@Controller('v1/deliveries/:orderId')
export class DeliveriesController {
  constructor(
    private readonly desk: DeliveryDesk,
    private readonly disputes: DisputeDesk,
  ) {}

  @Get()
  @Grant(CallerGrant.DELIVERY_READ)
  @ApiOperation({ operationId: 'readDelivery', summary: 'The delivery of an order' })
  @IdParam('orderId')
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND')
  read(@Param() path: Path, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.read(path, call);
  }

  @Get('timeline')
  @Grant(CallerGrant.DELIVERY_READ)
  @ApiOperation({ operationId: 'readDeliveryTimeline', summary: 'Every event of a delivery, oldest first' })
  @IdParam('orderId')
  @ApiOkResponse({ type: DeliveryTimelineAnswer })
  @Problems('DELIVERY_NOT_FOUND')
  timeline(@Param() path: Path, @CurrentCall() call: CallContext): Promise<DeliveryTimeline> {
    return this.desk.timeline(path, call);
  }

  @Get('carrier-reports')
  @Grant(CallerGrant.DELIVERY_DISPUTE)
  @ApiOperation({
    operationId: 'listCarrierReports',
    summary: 'Every signed message of its carriers, as it came; for services only',
    description: 'Those that changed nothing, too: `outcome` says what a message changed, or why nothing.',
  })
  @IdParam('orderId')
  @ApiQuery({ type: PageDto })
  @ApiOkResponse({ type: CarrierReportPageAnswer })
  @Problems('DELIVERY_NOT_FOUND')
  carrierReports(
    @Param() path: Path,
    @Query() query: unknown,
    @CurrentCall() call: CallContext,
  ): Promise<CarrierReportPage> {
    return this.disputes.reportsOf(path, query, call);
  }

  @Post('call')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_CALL)
  @ApiOperation({
    operationId: 'callCourier',
    summary: 'Call a courier for an accepted order; an order that has a delivery answers with it',
  })
  @IdParam('orderId')
  @ApiBody({ type: DeliveryCommandDto, required: false })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('ORDER_NOT_FOUND', 'DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'OUTCOME_UNKNOWN')
  callCourier(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.callCourier(path, body, call);
  }

  @Post('recall')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_COMMAND)
  @ApiOperation({ operationId: 'recall', summary: 'Call again, after REJECTED, CANCELLED or EXCEPTION: attempt + 1' })
  @IdParam('orderId')
  @ApiBody({ type: RecallDto, required: false })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'CARRIER_UNKNOWN', 'OUTCOME_UNKNOWN')
  recall(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.recall(path, body, call);
  }

  @Post('cancellation')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_COMMAND)
  @ApiOperation({ operationId: 'cancelDelivery', summary: 'Take the waybill back, until the goods are on their way' })
  @IdParam('orderId')
  @ApiBody({ type: DeliveryCommandDto, required: false })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'OUTCOME_UNKNOWN')
  cancel(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('cancel', path, body, call);
  }

  @Post('self-delivery')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_COMMAND)
  @ApiOperation({
    operationId: 'selfDeliver',
    summary: 'The merchant delivers; a carrier that was called is cancelled',
  })
  @IdParam('orderId')
  @ApiBody({ type: DeliveryCommandDto, required: false })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'OUTCOME_UNKNOWN')
  selfDeliver(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('self-deliver', path, body, call);
  }

  @Post('self-delivery/completion')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_COMMAND)
  @ApiOperation({ operationId: 'finishSelfDelivery', summary: 'The merchant has delivered' })
  @IdParam('orderId')
  @ApiBody({ type: DeliveryCommandDto, required: false })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'OUTCOME_UNKNOWN')
  finish(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('finish', path, body, call);
  }

  @Post('end')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_COMMAND)
  @ApiOperation({ operationId: 'endDelivery', summary: 'Nobody delivers any more' })
  @IdParam('orderId')
  @ApiBody({ type: DeliveryCommandDto, required: false })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'OUTCOME_UNKNOWN')
  end(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('stop', path, body, call);
  }

  @Post('tip')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_COMMAND)
  @ApiOperation({ operationId: 'tip', summary: 'More money for whoever carries, until somebody has fetched the goods' })
  @IdParam('orderId')
  @ApiBody({ type: TipDto })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Problems('DELIVERY_NOT_FOUND', 'DELIVERY_NOT_IN_STATE', 'OUTCOME_UNKNOWN')
  tip(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.tip(path, body, call);
  }

  @Post('push')
  @HttpCode(200)
  @Grant(CallerGrant.DELIVERY_OPERATE)
  @ApiOperation({ operationId: 'pushAgain', summary: 'Push a waybill that no carrier acknowledged, now' })
  @IdParam('orderId')
  @ApiOkResponse({ type: PushAnswerDto })
  @Problems('DELIVERY_NOT_FOUND')
  push(@Param() path: Path): Promise<PushAnswer> {
    return this.desk.push(path);
  }
}
