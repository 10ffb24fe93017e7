/** How a list that has nothing else to ask is turned page by page. */
import { QueryInteger, Text } from './field-rules.js';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
/** A cursor of ours has 23 characters; whatever is longer is not one. */
const MAX_CURSOR = 512;

export class PageDto {
  @Text({ min: 0, max: MAX_CURSOR, optional: true, description: 'nextCursor of the page before' })
  readonly cursor?: string;

  @QueryInteger({
    ...{ min: 1, max: MAX_LIMIT, optional: true },
    ...{ description: `Default ${DEFAULT_LIMIT}`, example: DEFAULT_LIMIT },
  })
  readonly limit: number = DEFAULT_LIMIT;
}
