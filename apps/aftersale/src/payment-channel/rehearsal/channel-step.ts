/** What happens to the next request under a number, in the words that every rehearsed channel understands. */
import type { PartnerRefusal } from '../../transfer/partner-answer.js';

export interface ChannelStep {
  /** The request never arrives, or nobody ever answers it. */
  readonly before?: 'drop' | 'hang';
  readonly refuse?: PartnerRefusal;
  /** How the work ends; absent: it stays pending until somebody settles it. */
  readonly settle?: 'at-once' | 'fails';
  /** The work is done and the answer is lost. */
  readonly after?: 'drop';
}
