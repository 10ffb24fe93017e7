const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Below it, tenths of a second tell something. */
const COARSE_FROM_MS = MINUTE_MS;

/** `412 ms`, `8.4 s`, `7 min 12 s`, `2 h 5 min`, `3 d 4 h`: as exactly as a person who decides something needs it. */
export function durationText(ms: number): string {
  const whole = Math.round(Math.abs(ms));
  if (whole < SECOND_MS) return `${whole} ms`;
  if (whole < COARSE_FROM_MS) return `${(whole / SECOND_MS).toFixed(1)} s`;
  if (whole < HOUR_MS) return twoOf(whole, MINUTE_MS, 'min', SECOND_MS, 's');
  return whole < DAY_MS ? twoOf(whole, HOUR_MS, 'h', MINUTE_MS, 'min') : twoOf(whole, DAY_MS, 'd', HOUR_MS, 'h');
}

function twoOf(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}
