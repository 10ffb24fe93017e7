/** What else commits with a change of a grant: its event. The centre knows no outbox; whoever owns it hands this in. */
import type { Effects } from '@ordo/sharding';
import type { GrantChange } from './compensation-grant.js';

export interface GrantCompanion {
  /** Pure and repeatable. */
  follow(change: GrantChange, nowMs: number): Pick<Effects, 'inserts'>;
}

export const silentCompanion: GrantCompanion = { follow: () => ({ inserts: [] }) };
