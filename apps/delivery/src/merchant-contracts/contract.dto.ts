/** What a caller says of a merchant's contract. */
import { MAX_AMOUNT_MINOR } from '@ordo/kernel';
import { MerchantPathDto, OneOf, QueryInteger, Text, Timestamp, WholeNumber } from '@ordo/platform';
import { ContractDelivery } from '../expected-income/contract-snapshot.js';
import { incomeFormulaVersions } from '../expected-income/income-formulas.rules.js';
import { HandOffMoment } from './merchant-terms.js';

const MAX_PACKAGE = 32;
const WHOLE_BP = 10_000;
/** A contract that changes every day lasts 27 years. */
const MAX_VERSION = 10_000;

export class ContractVersionDto extends MerchantPathDto {
  @QueryInteger({ min: 1, max: MAX_VERSION, description: 'The one after the last', example: 1 })
  readonly version!: number;
}

export class ContractTermsDto {
  @Timestamp({ description: 'Orders accepted from then on; later than that of the version before' })
  readonly validFrom!: string;

  @Text({ max: MAX_PACKAGE, description: 'The name under which it was sold', example: 'gold' })
  readonly servicePackage!: string;

  @WholeNumber({ min: 0, max: WHOLE_BP, description: 'Hundredths of a per cent: 600 is 6 %', example: 600 })
  readonly commissionRateBp!: number;

  @WholeNumber({
    ...{ min: 0, max: MAX_AMOUNT_MINOR, example: 250 },
    description: 'The least commission of one order, minor units',
  })
  readonly commissionFloor!: number;

  @OneOf(Object.values(ContractDelivery), { description: 'Who carries, and whose the fee is', example: 'PLATFORM' })
  readonly delivery!: ContractDelivery;

  @OneOf(Object.values(HandOffMoment), {
    ...{ optional: true, example: 'ACCEPTANCE' },
    description: 'When a courier is called; default at the acceptance',
  })
  readonly handOff: HandOffMoment = HandOffMoment.ACCEPTANCE;

  @OneOf(incomeFormulaVersions, { optional: true, description: 'How income is counted; default 1', example: 1 })
  readonly formulaVersion: number = 1;
}
