import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type OrderDocument } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import {
  AdvanceOrderDto,
  ConfirmPaymentDto,
  InvalidateOrderDto,
  TagOrderDto,
} from '../operations/order-command.dto.js';
import { OrderOperations } from '../operations/order-operations.js';

import { OrderDocumentAnswer } from './order-answer.dto.js';

@ApiTags('Commands')
@Bearer()
@Controller('v1/orders/:orderId')
export class OrderCommandsController {
  constructor(private readonly operations: OrderOperations) {}

  @Post('payment')
  @HttpCode(200)
  @Grant(CallerGrant.PAY)
  @ApiOperation({
    operationId: 'confirmPayment',
    summary: 'Confirm a payment; idempotent by paymentId',
    description:
      'A payment of an order that is closed or paid already is recorded, announced and refunded; no state changes.',
  })
  @IdParam('orderId')
  @ApiBody({ type: ConfirmPaymentDto })
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_NOT_PAYABLE', 'PAYMENT_AMOUNT_MISMATCH', 'PAYMENT_ID_REUSED', 'OUTCOME_UNKNOWN')
  payment(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderDocument> {
    return this.operations.confirmPayment(path, body, call);
  }

  @Post('acceptance')
  @HttpCode(200)
  @Grant(CallerGrant.ACCEPT)
  @ApiOperation({ operationId: 'acceptOrder', summary: 'Accept a paid order' })
  @IdParam('orderId')
  @ApiBody({ type: AdvanceOrderDto, required: false })
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_NOT_ACCEPTABLE', 'OUTCOME_UNKNOWN')
  acceptance(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderDocument> {
    return this.operations.advance('accept', path, body, call);
  }

  @Post('receipt')
  @HttpCode(200)
  @Grant(CallerGrant.RECEIVE)
  @ApiOperation({ operationId: 'receiveOrder', summary: 'Record that the goods arrived; a repeat changes nothing' })
  @IdParam('orderId')
  @ApiBody({ type: AdvanceOrderDto, required: false })
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_NOT_RECEIVABLE', 'OUTCOME_UNKNOWN')
  receipt(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderDocument> {
    return this.operations.advance('receive', path, body, call);
  }

  @Post('completion')
  @HttpCode(200)
  @Grant(CallerGrant.COMPLETE)
  @ApiOperation({ operationId: 'completeOrder', summary: 'Complete an order' })
  @IdParam('orderId')
  @ApiBody({ type: AdvanceOrderDto, required: false })
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_NOT_COMPLETABLE', 'OUTCOME_UNKNOWN')
  completion(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderDocument> {
    return this.operations.advance('complete', path, body, call);
  }

  @Post('invalidation')
  @HttpCode(200)
  @Grant(CallerGrant.INVALIDATE)
  @ApiOperation({
    operationId: 'invalidateOrder',
    summary: 'End an order without completion: cancel, reject, time out',
  })
  @IdParam('orderId')
  @ApiBody({ type: InvalidateOrderDto })
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_NOT_INVALIDATABLE', 'OUTCOME_UNKNOWN')
  invalidation(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderDocument> {
    return this.operations.invalidate(path, body, call);
  }

  @Post('tags')
  @HttpCode(200)
  @Grant(CallerGrant.TAG)
  @ApiOperation({
    operationId: 'tagOrder',
    summary: 'Attach facts to an order, or take them off; for services',
    description: 'Idempotent: what is there already changes nothing and tells nothing. No state changes.',
  })
  @IdParam('orderId')
  @ApiBody({ type: TagOrderDto })
  @ApiOkResponse({ type: OrderDocumentAnswer })
  @Problems('ORDER_NOT_FOUND', 'OUTCOME_UNKNOWN')
  tags(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<OrderDocument> {
    return this.operations.tag(path, body, call);
  }
}
