import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type RefundDocument, refundStatuses } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { RefundListDto } from '../operations/refund.dto.js';
import { RefundOperations } from '../operations/refund-operations.js';
import { type OrderWithRefunds, type RefundPage } from '../reading/refund-lists.js';
import { OrderWithRefundsAnswer, RefundDocumentAnswer, RefundPageAnswer } from './refund-answer.dto.js';

/** Nest's Swagger module drops the words of an enum when it spreads a DTO into query parameters; the specification joins parameters of one name. */
const StatusQuery = (): MethodDecorator =>
  ApiQuery({ name: 'status', required: false, schema: { enum: [...refundStatuses] } });

@ApiTags('Reads')
@Bearer()
@Controller('v1')
export class RefundReadsController {
  constructor(private readonly operations: RefundOperations) {}

  @Get('refunds/:refundId')
  @Grant(CallerGrant.REFUND_READ)
  @ApiOperation({ operationId: 'readRefund', summary: 'Read a refund; never older than a published event of it' })
  @IdParam('refundId')
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND')
  read(@Param() path: Path, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.read(path, call);
  }

  @Get('orders/:orderId/refunds')
  @Grant(CallerGrant.REFUND_READ)
  @ApiOperation({
    operationId: 'readOrderWithRefunds',
    summary: 'An order with its refunds, for pages that cannot be split',
  })
  @IdParam('orderId')
  @ApiOkResponse({ type: OrderWithRefundsAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_APP_UNAVAILABLE')
  ofOrder(@Param() path: Path, @CurrentCall() call: CallContext): Promise<OrderWithRefunds> {
    return this.operations.ofOrder(path, call);
  }

  @Get('users/:userId/refunds')
  @Grant(CallerGrant.REFUND_LIST)
  @ApiOperation({ operationId: 'listUserRefunds', summary: 'A user’s refunds, newest first' })
  @IdParam('userId')
  @ApiQuery({ type: RefundListDto })
  @StatusQuery()
  @ApiOkResponse({ type: RefundPageAnswer })
  @Problems()
  ofUser(@Param() path: Path, @Query() query: unknown, @CurrentCall() call: CallContext): Promise<RefundPage> {
    return this.operations.ofUser(path, query, call);
  }

  @Get('merchants/:merchantId/refunds')
  @Grant(CallerGrant.REFUND_LIST)
  @ApiOperation({ operationId: 'listMerchantRefunds', summary: 'A merchant’s refunds, newest first' })
  @IdParam('merchantId')
  @ApiQuery({ type: RefundListDto })
  @StatusQuery()
  @ApiOkResponse({ type: RefundPageAnswer })
  @Problems()
  ofMerchant(@Param() path: Path, @Query() query: unknown, @CurrentCall() call: CallContext): Promise<RefundPage> {
    return this.operations.ofMerchant(path, query, call);
  }
}
