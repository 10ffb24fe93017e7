/**
 * Personal data and credentials never reach a log line, whoever wrote the call. Facts are blanked by field name, and texts are
 * searched for what looks like a token or the password of a URL, because driver errors like to quote their connection string.
 */
const BLANK = '[redacted]';
const PERSONAL = new Set([
  'phone',
  'address',
  'recipient',
  'name',
  'remark',
  'token',
  'authorization',
  'password',
  'secret',
  'cookie',
]);
const TOKEN = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;
const URL_CREDENTIALS = /(\w:\/\/)[^\s/@]+@/g;
/** Facts are flat by habit; deeper is a whole object that someone logged by mistake. */
const MAX_DEPTH = 5;
const MAX_ENTRIES = 50;
const MAX_TEXT_LENGTH = 4096;

/** A copy of `value` that is safe to log; handles errors, cycles (by depth), bigints, sets and maps. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].slice(0, MAX_ENTRIES).map((entry) => redact(entry, depth + 1));
  }
  return redactFields(Object.entries(value), depth);
}

export function redactText(text: string): string {
  const cut = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return cut.replace(TOKEN, BLANK).replace(URL_CREDENTIALS, `$1${BLANK}@`);
}

function redactFields(entries: readonly (readonly [string, unknown])[], depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of entries.slice(0, MAX_ENTRIES)) {
    safe[key] = PERSONAL.has(key.toLowerCase()) ? BLANK : redact(value, depth + 1);
  }
  return safe;
}

/** The class as `type` and not as `name`, which is the name of a person elsewhere. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const own = Object.entries(error).filter(([key]) => key !== 'name' && key !== 'cause');
  return {
    type: name,
    message: redactText(message),
    ...redactFields(own, depth),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}
