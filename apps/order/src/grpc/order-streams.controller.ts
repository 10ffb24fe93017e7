import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { CallerGrant } from '@ordo/contracts';
import { type CallContext, CurrentCall, Grant } from '@ordo/platform';
import { Observable } from 'rxjs';
import { FeedOperations, feedDocumentOf } from '../operations/feed-operations.js';
import { SettlementOperations } from '../operations/settlement-operations.js';
import { type SettledOrder } from '../settlement/settlement-documents.js';
import { type ExportPage } from '../settlement/settlement-export.js';
import { type FeedMessage, feedCallSink } from './feed-call-sink.js';
import { type Message, type OrderMessage, orderMessageOf } from './order-messages.js';
import { type ServerCall, StreamCall, streamed } from './server-stream.js';

const SERVICE = 'OrderService';

interface MerchantFeedMessage {
  readonly changed: boolean;
  readonly orders: readonly OrderMessage[];
  readonly next?: string;
  readonly hasMore: boolean;
  readonly restarted: boolean;
}

interface ExportMessage {
  readonly orders: readonly SettledOrder[];
  readonly end?: { readonly completedTo: string; readonly orders: number };
}

const NOTHING: MerchantFeedMessage = { changed: false, orders: [], hasMore: false, restarted: false };

async function* messagesOf(pages: AsyncGenerator<ExportPage, void, void>): AsyncGenerator<ExportMessage, void, void> {
  for await (const page of pages) yield 'end' in page ? { orders: [], end: page } : page;
}

/** The operations of `ordo.order.v1.OrderService` that follow what happens, or tell more than one answer holds. */
@Controller()
export class OrderStreamsController {
  constructor(
    private readonly feed: FeedOperations,
    private readonly settlement: SettlementOperations,
  ) {}

  @GrpcMethod(SERVICE, 'PollMerchantFeed')
  @Grant(CallerGrant.LIST)
  async pollMerchantFeed(
    @Payload() { merchantId, ...query }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<MerchantFeedMessage> {
    const page = await this.feed.poll({ merchantId }, query, call);
    if (page === undefined) return NOTHING;
    const { orders, ...rest } = feedDocumentOf(page);
    return { ...rest, changed: true, orders: orders.map(orderMessageOf) };
  }

  @GrpcMethod(SERVICE, 'FollowMerchantFeed')
  @Grant(CallerGrant.LIST)
  async followMerchantFeed(
    @Payload() { merchantId, ...query }: Message,
    @CurrentCall() call: CallContext,
    @StreamCall() stream: ServerCall,
  ): Promise<Observable<FeedMessage>> {
    const following = await this.feed.admit({ merchantId }, query, undefined, call);
    return new Observable<FeedMessage>((subscriber) => this.feed.follow(following, feedCallSink(subscriber, stream)));
  }

  @GrpcMethod(SERVICE, 'ExportCompletedOrders')
  @Grant(CallerGrant.EXPORT)
  async exportCompletedOrders(
    @Payload() query: Message,
    @CurrentCall() call: CallContext,
    @StreamCall() stream: ServerCall,
  ): Promise<Observable<ExportMessage>> {
    return streamed(messagesOf(await this.settlement.open(query, call)), stream);
  }
}
