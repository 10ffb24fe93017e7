/** The callers of one order and their tokens: as narrow as real ones, so that the demonstration also shows who may do what. */
import { randomInt } from 'node:crypto';
import { CallerGrant, Role } from '@ordo/contracts';
import { SHARD_COUNT } from '@ordo/sharding';
import { signToken } from '../token/sign-token.js';
import { describeToken, type TokenOptions } from '../token/token-claims.js';
import type { Caller } from './journey.js';

export interface Cast {
  readonly userId: string;
  readonly merchantId: string;
  readonly tokens: Readonly<Record<Caller, string>>;
}

/** Far longer than the demonstration, far shorter than anything worth stealing. */
const TTL = '10m';
/** Ids above any that a developer would type, so that a run meets nobody else's orders. */
const FIRST_ID = 1_000_000_000;
const ID_SPAN = 1_000_000_000;

/** A fresh id in `shard`. */
const idIn = (shard: number): string => String((FIRST_ID + randomInt(ID_SPAN)) * SHARD_COUNT + shard);

const token = (options: Omit<TokenOptions, 'ttl'>): Promise<string> =>
  signToken(describeToken({ ...options, ttl: TTL }));

/**
 * A new user and a new merchant. Their shards follow from `index` so that consecutive casts walk through every pair of nodes: user and
 * merchant on the same one, and on different ones, either way round.
 */
export async function castOf(index: number): Promise<Cast> {
  const userShard = (index * 31) % SHARD_COUNT;
  const merchantShard = (userShard + Math.floor(index / 2) * 17) % SHARD_COUNT;
  const userId = idIn(userShard);
  const merchantId = idIn(merchantShard);
  const [user, merchant, payment, service, carrier, stranger] = await Promise.all([
    token({ user: userId }),
    token({ merchant: merchantId }),
    token({ service: 'payment', grants: CallerGrant.PAY, roles: String(Role.SYSTEM) }),
    token({
      service: 'customer-service',
      grants: [
        ...[CallerGrant.READ, CallerGrant.LIST, CallerGrant.INVALIDATE],
        ...[CallerGrant.REFUND_START, CallerGrant.REFUND_RULE, CallerGrant.REFUND_READ],
        CallerGrant.COMPENSATION_GRANT,
      ].join(','),
      roles: String(Role.CUSTOMER_SERVICE),
    }),
    token({ service: 'carrier', grants: CallerGrant.RECEIVE, roles: String(Role.OPEN_PLATFORM) }),
    token({ user: idIn((userShard + 1) % SHARD_COUNT) }),
  ]);
  return { userId, merchantId, tokens: { user, merchant, payment, service, carrier, stranger } };
}
