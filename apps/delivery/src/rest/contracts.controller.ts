import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CallerGrant } from '@ordo/contracts';
import { Bearer, type CallContext, CurrentCall, Grant, IdParam, PageDto, type Path, Problems } from '@ordo/platform';
import { ContractTermsDto } from '../merchant-contracts/contract.dto.js';
import {
  ContractDesk,
  type MerchantContractDocument,
  type MerchantContractPage,
} from '../merchant-contracts/contract-desk.js';
import { ContractAnswer, ContractPageAnswer } from './contract-answer.dto.js';

@ApiTags('Contracts')
@Bearer()
@Controller('v1/merchants/:merchantId/contracts')
export class ContractsController {
  constructor(private readonly desk: ContractDesk) {}

  @Get()
  @Grant(CallerGrant.CONTRACT_READ)
  @ApiOperation({ operationId: 'listContracts', summary: 'What was agreed with a merchant, newest first' })
  @IdParam('merchantId')
  @ApiQuery({ type: PageDto })
  @ApiOkResponse({ type: ContractPageAnswer })
  @Problems()
  list(@Param() path: Path, @Query() query: unknown, @CurrentCall() call: CallContext): Promise<MerchantContractPage> {
    return this.desk.list(path, query, call);
  }

  @Put(':version')
  @Grant(CallerGrant.CONTRACT_MAINTAIN)
  @ApiOperation({
    operationId: 'putContract',
    summary: 'Put down the next version of a contract; for services only',
    description:
      'Orders that are accepted from `validFrom` on are counted by it; those that were accepted before keep what they have. A version is never ' +
      'edited: the same words again are answered as done, other words are a conflict.',
  })
  @IdParam('merchantId')
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } })
  @ApiBody({ type: ContractTermsDto })
  @ApiOkResponse({ type: ContractAnswer })
  @Problems('CONTRACT_VERSION_TAKEN')
  put(@Param() path: Path, @Body() body: unknown, @CurrentCall() call: CallContext): Promise<MerchantContractDocument> {
    return this.desk.put(path, body, call);
  }
}
