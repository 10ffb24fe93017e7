import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant, type RefundDocument } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { AppealRefundDto, DecideRefundDto, RuleRefundDto } from '../operations/refund.dto.js';
import { RefundOperations } from '../operations/refund-operations.js';
import { RefundCommand } from '../refund/refund.state.js';
import { RefundDocumentAnswer } from './refund-answer.dto.js';

@ApiTags('Commands')
@Bearer()
@Controller('v1/refunds/:refundId')
export class RefundDecisionsController {
  constructor(private readonly operations: RefundOperations) {}

  @Post('withdrawal')
  @HttpCode(200)
  @Grant(CallerGrant.REFUND_WITHDRAW)
  @ApiOperation({ operationId: 'withdrawRefund', summary: 'Take an application back' })
  @IdParam('refundId')
  @ApiBody({ type: DecideRefundDto, required: false })
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND', 'REFUND_NOT_WITHDRAWABLE', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  withdrawal(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.decide(RefundCommand.WITHDRAW, path, body, call);
  }

  @Post('agreement')
  @HttpCode(200)
  @Grant(CallerGrant.REFUND_AGREE)
  @ApiOperation({
    operationId: 'agreeRefund',
    summary: 'Agree: the amount is set aside; the money moves afterwards',
    description: 'That money has moved is said by the state SUCCEEDED and its event, never by this answer.',
  })
  @IdParam('refundId')
  @ApiBody({ type: DecideRefundDto, required: false })
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND', 'REFUND_NOT_AGREEABLE', 'REFUND_EXCEEDS_PAID', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  agreement(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.decide(RefundCommand.AGREE, path, body, call);
  }

  @Post('rejection')
  @HttpCode(200)
  @Grant(CallerGrant.REFUND_REJECT)
  @ApiOperation({ operationId: 'rejectRefund', summary: 'Reject; the user may appeal for 24 h' })
  @IdParam('refundId')
  @ApiBody({ type: DecideRefundDto, required: false })
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND', 'REFUND_NOT_REJECTABLE', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  rejection(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.decide(RefundCommand.REJECT, path, body, call);
  }

  @Post('appeal')
  @HttpCode(200)
  @Grant(CallerGrant.REFUND_APPEAL)
  @ApiOperation({ operationId: 'appealRefund', summary: 'Appeal to customer service; twice at most' })
  @IdParam('refundId')
  @ApiBody({ type: AppealRefundDto, required: false })
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND', 'REFUND_NOT_APPEALABLE', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  appeal(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.appeal(path, body, call);
  }

  @Post('ruling')
  @HttpCode(200)
  @Grant(CallerGrant.REFUND_RULE)
  @ApiOperation({ operationId: 'ruleRefund', summary: 'Rule on an appeal, for the user or against' })
  @IdParam('refundId')
  @ApiBody({ type: RuleRefundDto })
  @ApiOkResponse({ type: RefundDocumentAnswer })
  @Problems('REFUND_NOT_FOUND', 'REFUND_NOT_RULABLE', 'REFUND_EXCEEDS_PAID', 'RATE_LIMITED', 'OUTCOME_UNKNOWN')
  ruling(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.rule(path, body, call);
  }
}
