import { Body, Controller, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallerGrant } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, Problems } from '@ordo/platform';
import { PromiseRequestDto } from '../promise-answers/promise.dto.js';
import { type PromiseAnswer, PromiseDesk } from '../promise-answers/promise-desk.js';
import { LoadRoomsDto, PromiseSwitchDto, ReplaceLanesDto } from '../promise-loading/lane.dto.js';
import { LaneDesk, type PromiseStatus, type ReplacedLane } from '../promise-loading/lane-desk.js';
import { PromiseAnswerDto, PromiseStatusAnswer, ReplacedLanesAnswer } from './promise-answer.dto.js';

@ApiTags('Promises')
@Bearer()
@Controller('v1')
export class PromisesController {
  constructor(
    private readonly promises: PromiseDesk,
    private readonly lanes: LaneDesk,
  ) {}

  @Post('promises')
  @HttpCode(200)
  @Grant(CallerGrant.PROMISE_READ)
  @ApiOperation({
    operationId: 'promise',
    summary: 'When would it arrive? One or many at once',
    description:
      'Answered from Redis alone. When no room answers, the promises are careful figures of their product, and say so.',
  })
  @ApiBody({ type: PromiseRequestDto })
  @ApiOkResponse({ type: PromiseAnswerDto })
  @Problems('LANE_NOT_FOUND')
  promise(@Body() body: unknown): Promise<PromiseAnswer> {
    return this.promises.promise(body);
  }

  @Put('promise-lanes')
  @Grant(CallerGrant.PROMISE_MAINTAIN)
  @ApiOperation({ operationId: 'replaceLanes', summary: 'Replace lanes, each with all its hours; all of them or none' })
  @ApiBody({ type: ReplaceLanesDto })
  @ApiOkResponse({ type: ReplacedLanesAnswer })
  @Problems()
  replaceLanes(@Body() body: unknown): Promise<{ readonly lanes: readonly ReplacedLane[] }> {
    return this.lanes.replaceLanes(body);
  }

  @Get('promise-rooms')
  @Grant(CallerGrant.PROMISE_OPERATE)
  @ApiOperation({ operationId: 'promiseStatus', summary: 'Switch, rooms, and who obeys' })
  @ApiOkResponse({ type: PromiseStatusAnswer })
  @Problems()
  status(): Promise<PromiseStatus> {
    return this.lanes.status();
  }

  @Post('promise-rooms/loads')
  @HttpCode(202)
  @Grant(CallerGrant.PROMISE_OPERATE)
  @ApiOperation({ operationId: 'loadRooms', summary: 'Have the rooms loaded: in full, what changed, or lanes by name' })
  @ApiBody({ type: LoadRoomsDto })
  @ApiAcceptedResponse({ type: PromiseStatusAnswer })
  @Problems()
  load(@Body() body: unknown): Promise<PromiseStatus> {
    return this.lanes.load(body);
  }

  @Put('promise-rooms/switch')
  @Grant(CallerGrant.PROMISE_OPERATE)
  @ApiOperation({
    operationId: 'switchRooms',
    summary: 'Say which rooms are read and written; obeyed everywhere within 2 s',
  })
  @ApiBody({ type: PromiseSwitchDto })
  @ApiOkResponse({ type: PromiseStatusAnswer })
  @Problems('PROMISE_SWITCH_UNSAFE')
  change(@Body() body: unknown, @CurrentCall() call: CallContext): Promise<PromiseStatus> {
    return this.lanes.change(body, call);
  }
}
