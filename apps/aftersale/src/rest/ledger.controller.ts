import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type CompensationDocument, type RefundDocument } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { RetryCompensationDto, RetryRefundDto } from '../operations/ledger.dto.js';
import { LedgerOperations, type Reconciliations } from '../operations/ledger-operations.js';
import { CompensationDocumentAnswer } from './compensation-answer.dto.js';
import { ReconciliationsAnswer } from './ledger-answer.dto.js';
import { RefundDocumentAnswer } from './refund-answer.dto.js';

@ApiTags('Operation')
@Bearer()
@Controller('v1')
export class LedgerController {
  constructor(private readonly operations: LedgerOperations) {}

  @Post('refunds/:refundId/retry')
  @HttpCode(200)
  @Grant(CallerGrant.REFUND_OPERATE)
  @ApiOperation({
    operationId: 'retryRefund',
    summary: 'Try a refund that waits for a person again, under its own number',
    description: 'The channel is asked first what became of the number; it is sent to only if it knows nothing.',
  })
  @IdParam('refundId')
  @ApiBody({ type: RetryRefundDto, required: false })
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND', 'REFUND_NOT_RETRYABLE', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  retry(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.retry(path, body, call);
  }

  @Post('compensations/:compensationId/retry')
  @HttpCode(200)
  @Grant(CallerGrant.COMPENSATION_OPERATE)
  @ApiOperation({
    operationId: 'retryCompensation',
    summary: 'Try a payout that waits for a person again, under its own number',
    description: 'The payer is asked first what became of the number; it is sent to only if it knows nothing.',
  })
  @IdParam('compensationId')
  @ApiBody({ type: RetryCompensationDto, required: false })
  @ApiOkResponse({ type: CompensationDocumentAnswer })
  @Problems('COMPENSATION_NOT_FOUND', 'COMPENSATION_NOT_RETRYABLE', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  retryCompensation(
    @Param() path: Path,
    @Body() body: unknown,
    @CurrentCall() call: CallContext,
  ): Promise<CompensationDocument> {
    return this.operations.retryCompensation(path, body, call);
  }

  @Get('refund-reconciliations/:date')
  @Grant(CallerGrant.REFUND_OPERATE)
  @ApiOperation({
    operationId: 'reconcileRefunds',
    summary: 'The ledger against the list of each payment channel, for one UTC day',
    description: 'Reads both books and changes neither; to be run for a day that is over.',
  })
  @ApiParam({ name: 'date', schema: { type: 'string', format: 'date' } })
  @ApiOkResponse({ type: ReconciliationsAnswer })
  @Problems('CHANNEL_UNAVAILABLE', 'RATE_LIMITED')
  reconcile(@Param() path: Path, @CurrentCall() call: CallContext): Promise<Reconciliations> {
    return this.operations.reconcile(path, call);
  }
}
