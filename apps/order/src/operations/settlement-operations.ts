/** The export of completed orders, once, whatever protocol carries it. */
import { type CallContext, shape } from '@ordo/platform';
import type { ExportPage, SettlementExport } from '../settlement/settlement-export.js';
import { ExportOrdersDto } from './order-query.dto.js';

export class SettlementOperations {
  constructor(private readonly settlement: SettlementExport) {}

  /** Resolves with the first page read, so that what is refused is refused before anything is sent. */
  async open(query: unknown, call: CallContext): Promise<AsyncGenerator<ExportPage, void, void>> {
    const { completedFrom, completedTo, shardFrom, shardTo, cursor } = shape(ExportOrdersDto, query);
    const pages = this.settlement.open(
      {
        ...{ fromMs: Date.parse(completedFrom), toMs: Date.parse(completedTo) },
        ...{ firstShard: shardFrom, lastShard: shardTo },
        ...(cursor === undefined ? {} : { cursor }),
      },
      call,
    );
    return behindFirst(await pages.next(), pages);
  }
}

async function* behindFirst(
  first: IteratorResult<ExportPage, void>,
  rest: AsyncGenerator<ExportPage, void, void>,
): AsyncGenerator<ExportPage, void, void> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}
