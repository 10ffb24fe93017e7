/** A grant: what one order is owed by one rule, and how far it is paid. It is a transfer like a refund, of other money. */
import type { CompensationAsset, LiableParty } from '@ordo/contracts';
import { isDecimalId } from '@ordo/kernel';
import type { TransferFact } from '../transfer/transfer.state.js';
import type { TransferProgress } from '../transfer/transfer-progress.js';
import type { CompensatedOrder, CompensationFacts } from './compensation-rule.js';

export interface CompensationGrant extends TransferProgress, CompensatedOrder {
  /** Names it in events. Laid out like an order number; an answer of `grantFor` that was refused has used one up. */
  readonly grantId: string;
  /** Events told of it so far: the version of the last one. */
  readonly events: number;
  /** `<orderId>-c-<rule>`: once per order and rule, and the payer's idempotency key. */
  readonly number: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly asset: CompensationAsset;
  readonly amount: number;
  readonly liable: LiableParty;
  /** The day whose budget it is taken from, `YYYY-MM-DD`. */
  readonly budgetDay: string;
  readonly facts: CompensationFacts['measures'];
}

export interface GrantChange {
  readonly before: CompensationGrant | undefined;
  readonly grant: CompensationGrant;
  readonly fact: TransferFact;
  readonly reason: string | null;
}

const NUMBER = /^([1-9][0-9]{0,18})-c-([a-z][a-z0-9-]{1,31})$/;

export const grantNumberOf = (orderId: string, rule: string): string => `${orderId}-c-${rule}`;

/** The order and rule of a grant number; undefined for a text that is none of ours. */
export function grantKeyOf(number: string): { readonly orderId: string; readonly rule: string } | undefined {
  const [, orderId, rule] = NUMBER.exec(number) ?? [];
  return isDecimalId(orderId) && rule !== undefined ? { orderId, rule } : undefined;
}
