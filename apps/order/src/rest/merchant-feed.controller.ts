import type { ServerResponse } from 'node:http';
import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CallerGrant } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, type Path, Problems } from '@ordo/platform';
import { FeedOperations, feedTextOf } from '../operations/feed-operations.js';
import { FeedFollowDto, FeedPollDto } from '../operations/order-query.dto.js';
import { EVENT_STREAM_HEADERS, eventStreamSink } from './event-stream-sink.js';
import { FeedAnswer } from './order-answer.dto.js';

/** What this controller needs of a Fastify reply. */
interface Reply {
  readonly raw: ServerResponse;
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body?: string): unknown;
  hijack(): unknown;
  getHeaders(): Record<string, string | string[] | number | undefined>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('Reads')
@Bearer()
@Controller('v1/merchants/:merchantId/feed')
export class MerchantFeedController {
  constructor(private readonly operations: FeedOperations) {}

  @Get()
  @Grant(CallerGrant.LIST)
  @ApiOperation({
    operationId: 'pollMerchantFeed',
    summary: 'What changed for a merchant since a position',
    description:
      'Orders that were paid once, each in its present state. 304 when nothing changed, at the cost of one read of a cache. Begin without ' +
      '`after`, then read the lists, then poll with `after`: nothing falls between.',
  })
  @IdParam('merchantId')
  @ApiQuery({ type: FeedPollDto })
  @ApiOkResponse({ type: FeedAnswer })
  @ApiResponse({ status: 304, description: 'Nothing changed since `after`, also not within `waitMs`' })
  @Problems('RATE_LIMITED')
  async poll(
    @Param() path: Path,
    @Query() query: unknown,
    @CurrentCall() call: CallContext,
    @Res() reply: Reply,
  ): Promise<void> {
    const page = await this.operations.poll(path, query, call);
    if (page === undefined) reply.code(304).send();
    else reply.header('content-type', JSON_TYPE).header('cache-control', 'no-store').send(feedTextOf(page));
  }

  @Get('stream')
  @Grant(CallerGrant.LIST)
  @ApiOperation({
    operationId: 'followMerchantFeed',
    summary: 'A merchant’s new orders and changes as Server-Sent Events',
    description:
      'Event `order`: an order document. `ready`: the stream stands at its position. `restarted`: read the lists anew. Every event has the ' +
      'position behind it as its `id`; come back with it as `Last-Event-ID`. A stream ends after a quarter of an hour, or when its reader ' +
      'takes nothing for ten seconds.',
  })
  @IdParam('merchantId')
  @ApiQuery({ type: FeedFollowDto })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' }, example: '42' })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @Problems('RATE_LIMITED')
  async follow(
    @Param() path: Path,
    @Query() query: unknown,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCall() call: CallContext,
    @Res() reply: Reply,
  ): Promise<void> {
    const following = await this.operations.admit(path, query, lastEventId, call);
    reply.hijack();
    reply.raw.writeHead(200, { ...reply.getHeaders(), ...EVENT_STREAM_HEADERS });
    reply.raw.flushHeaders();
    this.operations.follow(following, eventStreamSink(reply.raw));
  }
}
