/**
 * When a hand-off that the carrier has not acknowledged is pushed again: at these distances from its first push (DOMAIN §4). They
 * double, so a carrier that was away for a minute hears of everything within the next, and one that is away for long is
 * not drowned; food that nobody fetched for a quarter of an hour is a matter for people.
 */
const SECOND_MS = 1_000;
export const PUSH_INSTANTS_MS: readonly number[] = [1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 900].map(
  (seconds) => seconds * SECOND_MS,
);

/** The last push; when it fails, too, the alarm is raised. An installation may want to hear of it earlier, and never later. */
export const UNCLAIMED_AFTER_MS = 900 * SECOND_MS;

/** The instant of the next push, or null when the last has passed: then the alarm is raised and self-delivery offered. */
export function nextPushAt(
  firstPushMs: number,
  nowMs: number,
  unclaimedAfterMs: number = UNCLAIMED_AFTER_MS,
): number | null {
  const before = PUSH_INSTANTS_MS.filter((afterMs) => afterMs < unclaimedAfterMs);
  const instants = [...before, unclaimedAfterMs].map((afterMs) => firstPushMs + afterMs);
  return instants.find((atMs) => atMs > nowMs) ?? null;
}
