/**
 * How far a waybill has come, as one number. A carrier's messages repeat, skip and overtake each other; whoever keeps the highest
 * rank ends in the same state whatever their order was (P8). So ranks are total: no two states share one.
 */
import { DeliveryState } from '@ordo/contracts';

const { TO_CALL, CALLED, TO_ASSIGN, TO_FETCH, AT_SHOP, DELIVERING, DELIVERED } = DeliveryState;
const { REJECTED, CANCELLED, EXCEPTION, RETURNING, RETURNED } = DeliveryState;

/**
 * The states that a waybill can be in while a carrier has it. An exception may still end well, so it ranks below every end; a
 * delivery that a courier confirmed outranks them all: goods that are with the user cannot be cancelled any more.
 */
export const stateRank = {
  [TO_CALL]: 0,
  [CALLED]: 10,
  [TO_ASSIGN]: 20,
  [TO_FETCH]: 30,
  [AT_SHOP]: 40,
  [DELIVERING]: 50,
  [EXCEPTION]: 60,
  [REJECTED]: 70,
  [CANCELLED]: 80,
  [RETURNING]: 90,
  [RETURNED]: 100,
  [DELIVERED]: 110,
} as const satisfies Readonly<Partial<Record<DeliveryState, number>>>;

/** A state in which the carrier's word counts. The other two, SELF_DELIVERY and NO_MORE_DELIVERY, are ours alone. */
export type RankedState = keyof typeof stateRank;
/** What a carrier may report; TO_CALL is what it has not heard of. */
export type ReportedState = Exclude<RankedState, 'TO_CALL'>;

export const rankedStates = Object.keys(stateRank) as readonly RankedState[];
export const reportedStates = rankedStates.filter((state): state is ReportedState => state !== TO_CALL);

export const isRankedState = (state: DeliveryState): state is RankedState => Object.hasOwn(stateRank, state);
export const isReportedState = (state: DeliveryState): state is ReportedState =>
  state !== TO_CALL && isRankedState(state);

/** States that are reported again when another courier takes over, or when the reason changes: there the later report counts. */
const renewed: ReadonlySet<RankedState> = new Set([TO_FETCH, AT_SHOP, DELIVERING, EXCEPTION]);
/** Whether of two reports of one state the later counts; elsewhere the first does: goods are delivered once. */
export const isRenewed = (state: RankedState): boolean => renewed.has(state);
