/**
 * Where an export stands: `<shard>.<completed at, epoch ms>.<order id>`, the last order that its reader has. It may be carried to another
 * process, another day and a wider range; one that lies outside of the asked range is refused instead of skipping in silence.
 */
import { refuseViolations } from '@ordo/contracts';
import { isDecimalId } from '@ordo/kernel';

export interface ExportPlace {
  readonly shard: number;
  readonly completedAtMs: number;
  readonly orderId: string;
}

export interface ExportRange {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly firstShard: number;
  readonly lastShard: number;
}

const WHOLE = /^(0|[1-9][0-9]{0,14})$/;

export const placeText = ({ shard, completedAtMs, orderId }: ExportPlace): string =>
  `${shard}.${completedAtMs}.${orderId}`;

/** Throws INVALID_ARGUMENT for what {@link placeText} did not write for an order within `range`. */
export function placeOfText(text: string, range: ExportRange): ExportPlace {
  const [shard = '', completedAt = '', orderId = '', ...rest] = text.split('.');
  const place = { shard: Number(shard), completedAtMs: Number(completedAt), orderId };
  const isOurs = WHOLE.test(shard) && WHOLE.test(completedAt) && isDecimalId(orderId) && rest.length === 0;
  if (!isOurs || !isWithin(place, range)) {
    throw refuseViolations([
      { field: 'cursor', rule: 'cursor', message: 'must be the cursor of an order in this range' },
    ]);
  }
  return place;
}

const isWithin = ({ shard, completedAtMs }: ExportPlace, range: ExportRange): boolean =>
  shard >= range.firstShard && shard <= range.lastShard && completedAtMs >= range.fromMs && completedAtMs < range.toMs;
