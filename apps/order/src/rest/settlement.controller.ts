import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CallerGrant } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, Problems } from '@ordo/platform';
import { ExportOrdersDto } from '../operations/order-query.dto.js';
import { SettlementOperations } from '../operations/settlement-operations.js';
import { type ExportPage } from '../settlement/settlement-export.js';

/** What this controller needs of a Fastify reply. */
interface Reply {
  header(name: string, value: string): Reply;
  send(body: Readable): unknown;
}

/** One page ahead of the socket, and no more. */
const BUFFERED_BYTES = 65_536;

async function* linesOf(pages: AsyncGenerator<ExportPage, void, void>): AsyncGenerator<string, void, void> {
  for await (const page of pages) {
    if ('end' in page) yield `${JSON.stringify(page)}\n`;
    else yield page.orders.map((order) => `${JSON.stringify(order)}\n`).join('');
  }
}

@ApiTags('Reads')
@Bearer()
@Controller('v1/settlement')
export class SettlementController {
  constructor(private readonly operations: SettlementOperations) {}

  @Get('orders')
  @Grant(CallerGrant.EXPORT)
  @ApiOperation({
    operationId: 'exportCompletedOrders',
    summary: 'Completed orders of a range of merchant shards, by time of completion, as a stream; for services',
    description:
      'One order a line, in the order of shard, completion and number, each with the cursor that continues behind it. The last line is ' +
      '`{"end":true,"completedTo":…,"orders":…}`: every order completed before `completedTo` was told. It is earlier than asked where ' +
      'changes are still under way: begin there the next time. A stream without that line was cut: go on from its last cursor.',
  })
  @ApiQuery({ type: ExportOrdersDto })
  @ApiOkResponse({ content: { 'application/x-ndjson': { schema: { type: 'string' } } } })
  @Problems()
  async orders(@Query() query: unknown, @CurrentCall() call: CallContext, @Res() reply: Reply): Promise<void> {
    const pages = await this.operations.open(query, call);
    const body = Readable.from(linesOf(pages), { objectMode: false, highWaterMark: BUFFERED_BYTES });
    reply.header('content-type', 'application/x-ndjson').header('cache-control', 'no-store').send(body);
  }
}
