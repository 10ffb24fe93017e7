/** The commands on a delivery, as callers give them. Guarantee: a command is taken along a row of the table or refused with the present state. */
import { refuse } from '@ordo/contracts';
import { actingRole, type CallContext, canSee, isUnbound } from '@ordo/platform';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import { OpenedWaybills, openWaybills } from '../change/opened-waybills.js';
import type { DeliveryRecord } from '../delivery-record/delivery-record.js';
import { checkCommand, type DeliveryCommand, nextByCommand } from '../waybill-life/waybill.state.js';
import { effectsOf } from './delivery-command.js';

export interface CommandCall {
  readonly orderId: string;
  readonly command: DeliveryCommand;
  /** The role to act in; absent: the first role of the caller that the table lets do this. */
  readonly role?: number;
  readonly carrier?: string;
  readonly tipMinor?: number;
}

export class CommandHandler {
  constructor(
    private readonly changes: DeliveryChanges,
    private readonly secret: string,
    /** Hears of a new call, beside the timer that makes its push certain. */
    private readonly onCalled: (orderId: string, attempt: number) => void,
  ) {}

  /**
   * @throws Refusal DELIVERY_NOT_FOUND for a delivery that is absent or not the caller's, DELIVERY_NOT_IN_STATE (409) naming the present
   * state, FORBIDDEN for a role that the caller may not act in.
   */
  async handle(call: CommandCall, context: CallContext): Promise<DeliveryRecord> {
    const { orderId, command, carrier, tipMinor } = call;
    let before: DeliveryRecord | undefined;
    const record = await this.changes.run<DeliveryRecord>({
      orderId,
      traceParent: context.traceParent,
      open: (address) => openWaybills(orderId, address),
      decide: ({ record: found, more, address, nowMs }) => {
        if (found === undefined || !canSee(context.caller, { ...found, effective: true })) throw notFound(orderId);
        before = found;
        const role = roleFor(found, call, context);
        const row = checkCommand({ orderId, state: found.life.state, command, role: role as never });
        if (row.replay) return { verdict: found };
        const taken = {
          ...{ row, role, nowMs },
          ...(carrier === undefined ? {} : { carrier }),
          ...(tipMinor === undefined ? {} : { tipMinor }),
        };
        const effects = effectsOf(found, taken, new OpenedWaybills(more), address, this.secret);
        const version = found.version + effects.events.length;
        return { ...effects, verdict: { ...effects.after, version } };
      },
    });
    if (before !== undefined && record.life.attempt > before.life.attempt) this.onCalled(orderId, record.life.attempt);
    return record;
  }
}

export const notFound = (orderId: string) =>
  refuse('DELIVERY_NOT_FOUND', `order ${orderId} has no delivery`, { orderId });

/** A service that names no role acts in the first of its roles that the table lets do this. */
function roleFor({ life }: DeliveryRecord, { command, role }: CommandCall, { caller }: CallContext): number {
  if (role !== undefined || !isUnbound(caller)) return actingRole(caller, role);
  const admitted: readonly number[] = nextByCommand(life.state, command)?.roles ?? [];
  return actingRole(
    caller,
    caller.roles.find((each) => admitted.includes(each)),
  );
}
