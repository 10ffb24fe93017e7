import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type RefundDocument } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { type RefundAnswer } from '../application/apply-refund-handler.js';
import { type CancellationAnswer } from '../cancellation/cancel-order-handler.js';
import { ApplyRefundDto, CancelOrderDto } from '../operations/refund.dto.js';
import { RefundOperations } from '../operations/refund-operations.js';
import { CancellationAnswerBody, RefundDocumentAnswer } from './refund-answer.dto.js';

/** What this controller needs of a Fastify reply. */
interface HeaderSink {
  header(name: string, value: string): unknown;
}

/** Set on the answer to a repeat, so that a caller can tell it from the first. */
const REPLAYED = 'idempotency-replayed';

const KeyHeader = (required: boolean): MethodDecorator =>
  ApiHeader({
    ...{ name: 'Idempotency-Key', required, example: '5f0c7a52-refund-1' },
    description: required
      ? 'Same key and body: same refund. Same key, other body: 422. Unique per caller and order.'
      : 'Of the application, where it becomes one; default: one per order.',
    schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
  });

const Created = (): MethodDecorator =>
  ApiCreatedResponse({
    type: RefundDocumentAnswer,
    headers: {
      Location: { description: 'Where the refund is read', schema: { type: 'string' } },
      'Idempotency-Replayed': { description: '`true` when the key was used before', schema: { type: 'string' } },
    },
  });

const BIRTH_PROBLEMS = [
  ...(['ORDER_NOT_FOUND', 'ORDER_NOT_REFUNDABLE', 'REFUND_WINDOW_CLOSED', 'REFUND_ALREADY_OPEN'] as const),
  ...(['REFUND_ITEM_UNKNOWN', 'REFUND_EXCEEDS_PAID', 'REFUND_LIMIT_REACHED', 'RATE_LIMITED'] as const),
  ...(['IDEMPOTENCY_KEY_MISSING', 'IDEMPOTENCY_KEY_REUSED', 'ORDER_APP_UNAVAILABLE', 'OUTCOME_UNKNOWN'] as const),
] as const;

@ApiTags('Commands')
@Bearer()
@Controller('v1')
export class RefundRequestsController {
  constructor(private readonly operations: RefundOperations) {}

  @Post('refunds')
  @Grant(CallerGrant.REFUND_APPLY)
  @ApiOperation({
    operationId: 'applyForRefund',
    summary: 'Apply for a refund',
    description: 'The merchant decides until the deadline (15 min in sale, 3 h after it); silence agrees.',
  })
  @KeyHeader(true)
  @ApiBody({ type: ApplyRefundDto })
  @Created()
  @Problems(...BIRTH_PROBLEMS)
  async apply(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentCall() call: CallContext,
    @Res({ passthrough: true }) reply: HeaderSink,
  ): Promise<RefundDocument> {
    return answered(await this.operations.apply(body, key, call), reply);
  }

  @Post('refunds/started')
  @Grant(CallerGrant.REFUND_START)
  @ApiOperation({
    operationId: 'startRefund',
    summary: 'Begin a refund without asking: a merchant’s own, or customer service',
    description:
      'It begins agreed, and its amount is set aside at once. A full one of an unfinished order ends the order.',
  })
  @KeyHeader(true)
  @ApiBody({ type: ApplyRefundDto })
  @Created()
  @Problems(...BIRTH_PROBLEMS)
  async start(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentCall() call: CallContext,
    @Res({ passthrough: true }) reply: HeaderSink,
  ): Promise<RefundDocument> {
    return answered(await this.operations.start(body, key, call), reply);
  }

  @Post('orders/:orderId/cancellation')
  @HttpCode(200)
  @Grant(CallerGrant.CANCEL)
  @ApiOperation({
    operationId: 'cancelOrder',
    summary: 'Cancel an order: at once where that is free, else by an application',
    description:
      'A user cancels alone before acceptance and within 60 s after it; later the merchant is asked. A merchant rejects or force-cancels. What was paid goes back by itself.',
  })
  @KeyHeader(false)
  @IdParam('orderId')
  @ApiBody({ type: CancelOrderDto, required: false })
  @ApiOkResponse({ type: CancellationAnswerBody })
  @Problems(
    ...(['ORDER_NOT_FOUND', 'ORDER_NOT_CANCELLABLE', 'ORDER_NOT_INVALIDATABLE', 'REFUND_ALREADY_OPEN'] as const),
    ...(['IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED', 'ORDER_APP_UNAVAILABLE', 'OUTCOME_UNKNOWN'] as const),
  )
  cancel(
    @Param() path: Path,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentCall() call: CallContext,
  ): Promise<CancellationAnswer> {
    return this.operations.cancel(path, body, key, call);
  }
}

function answered({ refund, replayed }: RefundAnswer, reply: HeaderSink): RefundDocument {
  reply.header('location', `/v1/refunds/${refund.refundId}`);
  if (replayed) reply.header(REPLAYED, 'true');
  return refund;
}
