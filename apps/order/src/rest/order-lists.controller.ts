import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CallerGrant, orderStatuses } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { OrderOperations } from '../operations/order-operations.js';
import { ListOfMerchantDto, ListOfUserDto, OrderCountsDto } from '../operations/order-query.dto.js';
import { type OrderCounts, type OrderPage } from '../reading/reading-documents.js';

import { OrderCountsAnswer, OrderPageAnswer } from './order-answer.dto.js';

/**
 * Nest's Swagger module drops the words of an enum when it spreads a DTO into query parameters; the specification joins parameters of
 * one name.
 */
const StatusQuery = (): MethodDecorator =>
  ApiQuery({ name: 'status', required: false, schema: { enum: [...orderStatuses] } });

@ApiTags('Reads')
@Bearer()
@Controller('v1')
export class OrderListsController {
  constructor(private readonly operations: OrderOperations) {}

  @Get('users/:userId/orders')
  @Grant(CallerGrant.LIST)
  @ApiOperation({ operationId: 'listUserOrders', summary: 'A user’s orders, newest first' })
  @IdParam('userId')
  @ApiQuery({ type: ListOfUserDto })
  @StatusQuery()
  @ApiOkResponse({ type: OrderPageAnswer })
  @Problems()
  ofUser(@Param() path: Path, @Query() query: unknown, @CurrentCall() call: CallContext): Promise<OrderPage> {
    return this.operations.listOfUser(path, query, call);
  }

  @Get('merchants/:merchantId/orders')
  @Grant(CallerGrant.LIST)
  @ApiOperation({
    operationId: 'listMerchantOrders',
    summary: 'A merchant’s orders, newest first',
    description: 'Orders that were paid once. A service without binding may ask for `status=CREATED` as well.',
  })
  @IdParam('merchantId')
  @ApiQuery({ type: ListOfMerchantDto })
  @StatusQuery()
  @ApiOkResponse({ type: OrderPageAnswer })
  @Problems()
  ofMerchant(@Param() path: Path, @Query() query: unknown, @CurrentCall() call: CallContext): Promise<OrderPage> {
    return this.operations.listOfMerchant(path, query, call);
  }

  @Get('merchants/:merchantId/order-counts')
  @Grant(CallerGrant.LIST)
  @ApiOperation({ operationId: 'countMerchantOrders', summary: 'A merchant’s orders of one business day, by status' })
  @IdParam('merchantId')
  @ApiQuery({ type: OrderCountsDto })
  @ApiOkResponse({ type: OrderCountsAnswer })
  @Problems()
  counts(@Param() path: Path, @Query() query: unknown, @CurrentCall() call: CallContext): Promise<OrderCounts> {
    return this.operations.countsOfMerchant(path, query, call);
  }
}
