/** Every operation on a delivery, once, whatever protocol asks. */
import type { OrderClient } from '@ordo/assembly';
import type { DeliveryDocument, DeliveryTimeline } from '@ordo/contracts';
import { actingRole, type CallContext, canSee, OrderPathDto, type Path, shape } from '@ordo/platform';
import type { CarrierRegistry } from '../carriers/carrier-registry.js';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import { documentOf } from '../delivery-record/delivery-document.js';
import type { DeliveryRecord } from '../delivery-record/delivery-record.js';
import type { HandOffHandler } from '../hand-off/hand-off-handler.js';
import type { Pusher } from '../hand-off/pusher.js';
import { DeliveryCommand } from '../waybill-life/waybill.state.js';
import { type CommandHandler, notFound } from './command-handler.js';
import { DeliveryCommandDto, RecallDto, TipDto } from './delivery.dto.js';

export interface PushAnswer {
  readonly outcome: string;
}

export class DeliveryDesk {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly commands: CommandHandler,
    private readonly handOffs: HandOffHandler,
    private readonly orders: Pick<OrderClient, 'read'>,
    private readonly carriers: CarrierRegistry,
    private readonly pusher: Pusher,
  ) {}

  async read(path: Path, call: CallContext): Promise<DeliveryDocument> {
    return shown(await this.visible(orderIdOf(path), call), call);
  }

  async timeline(path: Path, call: CallContext): Promise<DeliveryTimeline> {
    const { orderId } = await this.visible(orderIdOf(path), call);
    return { orderId, entries: await this.deliveries.timeline(orderId) };
  }

  /** Calls a courier for an accepted order. An order that has a delivery is answered with it. */
  async callCourier(path: Path, body: unknown, call: CallContext): Promise<DeliveryDocument> {
    const orderId = orderIdOf(path);
    const role = actingRole(call.caller, shape(DeliveryCommandDto, body ?? {}).role);
    const known = await this.deliveries.read(orderId);
    if (known === undefined) {
      const order = await this.orders.read(orderId);
      if (!canSee(call.caller, { ...order, effective: true })) throw notFound(orderId);
      await this.handOffs.atCall(order, role, call.traceParent);
    }
    return shown(await this.visible(orderId, call), call);
  }

  async recall(path: Path, body: unknown, call: CallContext): Promise<DeliveryDocument> {
    const { role, carrier } = shape(RecallDto, body ?? {});
    if (carrier !== undefined) this.carriers.named(carrier);
    return this.command(path, DeliveryCommand.RECALL, call, { role, carrier });
  }

  async tip(path: Path, body: unknown, call: CallContext): Promise<DeliveryDocument> {
    const { role, amount } = shape(TipDto, body);
    return this.command(path, DeliveryCommand.TIP, call, { role, tipMinor: amount });
  }

  /** Cancel, deliver oneself, finish, end. */
  async advance(
    command: 'cancel' | 'self-deliver' | 'finish' | 'stop',
    path: Path,
    body: unknown,
    call: CallContext,
  ): Promise<DeliveryDocument> {
    return this.command(path, command, call, { role: shape(DeliveryCommandDto, body ?? {}).role });
  }

  /** The operator's push, whatever the table of instants says. */
  async push(path: Path): Promise<PushAnswer> {
    const orderId = orderIdOf(path);
    const record = await this.deliveries.read(orderId);
    if (record === undefined) throw notFound(orderId);
    const { outcome } = await this.pusher.push(orderId, record.life.attempt);
    return { outcome };
  }

  private async command(
    path: Path,
    command: DeliveryCommand,
    call: CallContext,
    more: { readonly role?: number | undefined; readonly carrier?: string | undefined; readonly tipMinor?: number },
  ): Promise<DeliveryDocument> {
    const { role, carrier, tipMinor } = more;
    const record = await this.commands.handle(
      {
        ...{ orderId: orderIdOf(path), command },
        ...(role === undefined ? {} : { role }),
        ...(carrier === undefined ? {} : { carrier }),
        ...(tipMinor === undefined ? {} : { tipMinor }),
      },
      call,
    );
    return shown(record, call);
  }

  private async visible(orderId: string, { caller }: CallContext): Promise<DeliveryRecord> {
    const record = await this.deliveries.read(orderId);
    if (record === undefined || !canSee(caller, { ...record, effective: true })) throw notFound(orderId);
    return record;
  }
}

const orderIdOf = (path: Path): string => shape(OrderPathDto, { orderId: path['orderId'] }).orderId;
const shown = (record: DeliveryRecord, { caller }: CallContext): DeliveryDocument =>
  documentOf(record, caller.userId === undefined);
