/**
 * What was agreed with merchants, as it is put down and looked up. Guarantee: a version is written once, and a repeat of the same words is answered
 * as done; so whoever lost an answer may ask again, and of two who write the next version one wins.
 */
import { refuse, refuseViolations } from '@ordo/contracts';
import {
  assertActsForMerchant,
  type CallContext,
  cursorAfter,
  isUnbound,
  MerchantPathDto,
  PageDto,
  type Path,
  positionOf,
  shape,
} from '@ordo/platform';
import { ContractTermsDto, ContractVersionDto } from './contract.dto.js';
import type { MerchantContractRepository } from './merchant-contract.repository.js';
import type { AgreedTerms } from './merchant-terms.js';

export interface MerchantContractDocument {
  readonly merchantId: string;
  readonly version: number;
  readonly validFrom: string;
  readonly servicePackage: string;
  readonly commissionRateBp: number;
  readonly commissionFloor: number;
  readonly delivery: string;
  readonly handOff: string;
  readonly formulaVersion: number;
}

export interface MerchantContractPage {
  /** Newest first; empty where the house's terms hold. */
  readonly contracts: readonly MerchantContractDocument[];
  readonly nextCursor: string | null;
}

export class ContractDesk {
  constructor(private readonly contracts: MerchantContractRepository) {}

  /**
   * @throws Refusal FORBIDDEN to users and merchants; CONTRACT_VERSION_TAKEN (409) where the version stands for other terms or is not the next;
   * INVALID_ARGUMENT for a beginning that is not later than that of the version before, which it would undo.
   */
  async put(path: Path, body: unknown, { caller }: CallContext): Promise<MerchantContractDocument> {
    const { merchantId, version } = shape(ContractVersionDto, path);
    const wanted = termsOf(merchantId, version, shape(ContractTermsDto, body));
    if (!isUnbound(caller)) throw refuse('FORBIDDEN', 'only services say what was agreed', { merchantId });
    const [last] = await this.contracts.list(merchantId, undefined, 1);
    if (version > (last?.version ?? 0) + 1) throw taken(wanted, last);
    if (version === (last?.version ?? 0) + 1) {
      assertLater(wanted, last);
      if (await this.contracts.insert(wanted)) return documentOf(wanted);
    }
    const written = await this.contracts.read(merchantId, version);
    if (written === undefined || !isSame(written, wanted)) throw taken(wanted, last);
    return documentOf(written);
  }

  async list(path: Path, query: unknown, { caller }: CallContext): Promise<MerchantContractPage> {
    const { merchantId } = shape(MerchantPathDto, path);
    const { cursor, limit } = shape(PageDto, query ?? {});
    assertActsForMerchant(caller, merchantId);
    const list = ['merchant-contracts', merchantId];
    const found = await this.contracts.list(merchantId, positionOf(list, cursor), limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const isLast = found.length <= limit || last === undefined;
    return {
      contracts: page.map(documentOf),
      nextCursor: isLast ? null : cursorAfter(list, String(last.version)),
    };
  }
}

function termsOf(merchantId: string, version: number, body: ContractTermsDto): AgreedTerms {
  const { validFrom, servicePackage, commissionRateBp, commissionFloor, delivery, handOff, formulaVersion } = body;
  return {
    ...{ merchantId, version, validFromMs: Date.parse(validFrom), handOff },
    contract: { servicePackage, commissionRateBp, commissionFloorMinor: commissionFloor, delivery, formulaVersion },
  };
}

function documentOf({ merchantId, version, validFromMs, contract, handOff }: AgreedTerms): MerchantContractDocument {
  const { servicePackage, commissionRateBp, commissionFloorMinor, delivery, formulaVersion } = contract;
  return {
    ...{ merchantId, version, validFrom: new Date(validFromMs).toISOString(), servicePackage, commissionRateBp },
    ...{ commissionFloor: commissionFloorMinor, delivery, handOff, formulaVersion },
  };
}

const isSame = (one: AgreedTerms, other: AgreedTerms): boolean =>
  JSON.stringify(documentOf(one)) === JSON.stringify(documentOf(other));

/** Of the valid versions the highest counts: one that began earlier would replace the last for the time between. */
function assertLater({ validFromMs }: AgreedTerms, last: AgreedTerms | undefined): void {
  if (last === undefined || validFromMs > last.validFromMs) return;
  const message = `must be later than ${new Date(last.validFromMs).toISOString()}, when version ${last.version} begins`;
  throw refuseViolations([{ field: 'validFrom', rule: 'later', message }]);
}

function taken({ merchantId, version }: AgreedTerms, last: AgreedTerms | undefined) {
  const lastVersion = last?.version ?? 0;
  const why = version > lastVersion ? `the next is ${lastVersion + 1}` : 'it stands for other terms';
  return refuse('CONTRACT_VERSION_TAKEN', `version ${version} of the contract cannot be written: ${why}`, {
    ...{ merchantId, version, lastVersion },
  });
}
