import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { GrantCompensationDto } from '../operations/compensation.dto.js';
import {
  type CompensationAnswer,
  CompensationOperations,
  type OrderCompensations,
} from '../operations/compensation-operations.js';
import { CompensationAnswerBody, OrderCompensationsAnswer } from './compensation-answer.dto.js';

@ApiTags('Compensation')
@Bearer()
@Controller('v1')
export class CompensationsController {
  constructor(private readonly operations: CompensationOperations) {}

  @Post('compensations')
  @HttpCode(200)
  @Grant(CallerGrant.COMPENSATION_GRANT)
  @ApiOperation({
    operationId: 'grantCompensation',
    summary: 'Grant what a rule owes an order, once per order and rule',
    description: 'It is paid afterwards; that it was is said by the status PAID and its event. For services.',
  })
  @ApiBody({ type: GrantCompensationDto })
  @ApiOkResponse({ type: CompensationAnswerBody })
  @Problems(
    ...(['ORDER_NOT_FOUND', 'COMPENSATION_RULE_UNKNOWN', 'COMPENSATION_BUDGET_SPENT', 'RATE_LIMITED'] as const),
    ...(['ORDER_APP_UNAVAILABLE', 'OUTCOME_UNKNOWN'] as const),
  )
  grant(@Body() body: unknown, @CurrentCall() call: CallContext): Promise<CompensationAnswer> {
    return this.operations.grant(body, call);
  }

  @Get('orders/:orderId/compensations')
  @Grant(CallerGrant.COMPENSATION_READ)
  @ApiOperation({ operationId: 'readOrderCompensations', summary: 'What an order was granted, and what became of it' })
  @IdParam('orderId')
  @ApiOkResponse({ type: OrderCompensationsAnswer })
  @Problems('ORDER_NOT_FOUND', 'ORDER_APP_UNAVAILABLE')
  ofOrder(@Param() path: Path, @CurrentCall() call: CallContext): Promise<OrderCompensations> {
    return this.operations.ofOrder(path, call);
  }
}
