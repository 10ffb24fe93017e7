/** From the grant to the public document. */
import type { CompensationDocument } from '@ordo/contracts';
import type { CompensationGrant } from './compensation-grant.js';
import { statusOfGrant } from './compensation-telling.rules.js';

export const compensationOf = (grant: CompensationGrant): CompensationDocument => ({
  ...{ compensationId: grant.grantId, compensationNumber: grant.number },
  ...{ orderId: grant.orderId, userId: grant.userId, merchantId: grant.merchantId, bizType: grant.bizType },
  ...{ rule: grant.rule, ruleVersion: grant.ruleVersion },
  ...{ asset: grant.asset, amount: grant.amount, currency: grant.currency, liable: grant.liable },
  ...{ status: statusOfGrant[grant.state], version: grant.events, failure: grant.failure },
  grantedAt: new Date(grant.reservedAtMs).toISOString(),
});
