import { Body, Controller, Headers, Post, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type OrderDocument } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, Problems } from '@ordo/platform';
import { OrderOperations } from '../operations/order-operations.js';
import { PlaceOrderDto } from '../operations/place-order.dto.js';

import { OrderDocumentAnswer } from './order-answer.dto.js';

/** What this controller needs of a Fastify reply. */
interface HeaderSink {
  header(name: string, value: string): unknown;
}

/** Set on the answer to a repeat, so that a caller can tell it from the first. */
const REPLAYED = 'idempotency-replayed';

@ApiTags('Commands')
@Bearer()
@Controller('v1/orders')
export class OrderPlacementController {
  constructor(private readonly operations: OrderOperations) {}

  @Post()
  @Grant(CallerGrant.PLACE)
  @ApiOperation({ operationId: 'placeOrder', summary: 'Place an order' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description:
      'Same key and body: same order. Same key, other body: 422. Unique per user, kept as long as the order.',
    schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
    example: '5f0c7a52-place-1',
  })
  @ApiBody({ type: PlaceOrderDto })
  @ApiCreatedResponse({
    type: OrderDocumentAnswer,
    headers: {
      Location: { description: 'Where the order is read', schema: { type: 'string' } },
      'Idempotency-Replayed': { description: '`true` when the key was used before', schema: { type: 'string' } },
    },
  })
  @Problems('BUSINESS_TYPE_UNKNOWN', 'IDEMPOTENCY_KEY_MISSING', 'IDEMPOTENCY_KEY_REUSED', 'AMOUNT_MISMATCH')
  async place(
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @CurrentCall() call: CallContext,
    @Res({ passthrough: true }) reply: HeaderSink,
  ): Promise<OrderDocument> {
    const { order, replayed } = await this.operations.place(body, idempotencyKey, call);
    reply.header('location', `/v1/orders/${order.orderId}`);
    if (replayed) reply.header(REPLAYED, 'true');
    return order;
  }
}
