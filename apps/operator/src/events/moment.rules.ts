const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MS_PER_SECOND = 1_000;
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** An ISO time (a date alone is its midnight in UTC), or so long before `nowMs`; undefined for what is neither. */
export function momentOf(text: string, nowMs: number): Date | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(nowMs - Number(count) * (SECONDS[unit] ?? 0) * MS_PER_SECOND);
  return ISO.test(text) && !Number.isNaN(Date.parse(text)) ? new Date(text) : undefined;
}
