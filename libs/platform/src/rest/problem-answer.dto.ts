/** RFC 9457 problem details as OpenAPI describes them; `@ordo/contracts` makes the real ones. */

import { ApiProperty } from '@nestjs/swagger';
import { type Problem, type Violation } from '@ordo/contracts';

class ViolationAnswer implements Violation {
  @ApiProperty({ description: 'Path in the request', example: 'items[0].quantity' })
  readonly field!: string;
  @ApiProperty({ description: 'A stable word', example: 'wholeNumber' })
  readonly rule!: string;
  @ApiProperty({ example: 'must be an integer between 1 and 9999' })
  readonly message!: string;
}

export class ProblemAnswer implements Pick<Problem, 'type' | 'title' | 'status' | 'detail' | 'code' | 'retryAfterMs'> {
  @ApiProperty({ example: 'urn:ordo:problem:invalid-argument' })
  readonly type!: string;
  @ApiProperty({ example: 'The request breaks a rule' })
  readonly title!: string;
  @ApiProperty({ type: 'integer', example: 400 })
  readonly status!: number;
  @ApiProperty({ example: 'items[0].quantity: must be an integer between 1 and 9999' })
  readonly detail!: string;
  @ApiProperty({ type: String, description: 'Stable; decide by it', example: 'INVALID_ARGUMENT' })
  readonly code!: Problem['code'];
  @ApiProperty({ type: 'integer', required: false, description: 'The same request may be repeated after this long' })
  readonly retryAfterMs?: number;
  @ApiProperty({
    type: [ViolationAnswer],
    required: false,
    description: 'Every broken rule, where the request is at fault',
  })
  readonly violations?: readonly ViolationAnswer[];
}
