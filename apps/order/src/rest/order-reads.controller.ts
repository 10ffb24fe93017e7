import { Body, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { OrderOperations } from '../operations/order-operations.js';
import { BatchGetDto } from '../operations/order-query.dto.js';
import { type OrderBatch } from '../reading/order-reader.js';
import { type OrderPayments, type OrderTimeline } from '../reading/reading-documents.js';

import { OrderBatchAnswer, OrderDocumentAnswer, OrderPaymentsAnswer, OrderTimelineAnswer } from './order-answer.dto.js';

@ApiTags('Reads')
@Bearer()
@Controller('v1/orders')
export class OrderReadsController {
  constructor(private readonly operations: OrderOperations) {}

  @Get(':orderId')
  @Grant(CallerGrant.READ)
  @ApiOperation({ operationId: 'readOrder', summary: 'Read an order; never older than a published event of it' })
  @IdParam('orderId')
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND')
  @Header('content-type', 'application/json; charset=utf-8')
  read(@Param() path: Path, @CurrentCall() call: CallContext): Promise<string> {
    return this.operations.readText(path, call);
  }

  @Post('batch-get')
  @HttpCode(200)
  @Grant(CallerGrant.READ)
  @ApiOperation({ operationId: 'batchGetOrders', summary: 'Read up to 100 orders' })
  @ApiBody({ type: BatchGetDto })
  @ApiOkResponse({ type: OrderBatchAnswer })
  @Problems()
  batchGet(@Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderBatch> {
    return this.operations.batchGet(body, call);
  }

  @Get(':orderId/timeline')
  @Grant(CallerGrant.READ)
  @ApiOperation({ operationId: 'readTimeline', summary: 'Every change of an order, oldest first' })
  @IdParam('orderId')
  @ApiOkResponse({ type: OrderTimelineAnswer })
  @Problems('ORDER_NOT_FOUND')
  timeline(@Param() path: Path, @CurrentCall() call: CallContext): Promise<OrderTimeline> {
    return this.operations.timeline(path, call);
  }

  @Get(':orderId/payments')
  @Grant(CallerGrant.PAYMENTS)
  @ApiOperation({ operationId: 'listPayments', summary: 'Every payment that was announced, effective or not' })
  @IdParam('orderId')
  @ApiOkResponse({ type: OrderPaymentsAnswer })
  @Problems('ORDER_NOT_FOUND')
  payments(@Param() path: Path, @CurrentCall() call: CallContext): Promise<OrderPayments> {
    return this.operations.paymentsOf(path, call);
  }
}
