/** How the text of a variable becomes a value. Messages name the rule and never the text. */

/** What Redis Cluster is specified for. */
const MAX_CLUSTER_MASTERS = 1_000;

export function text(value: string): string {
  return value;
}

export function list(value: string): readonly string[] {
  const parts = value.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) throw new Error('must be a comma-separated list without empty entries');
  return parts;
}

export function oneOf<const T extends string>(...allowed: readonly T[]): (value: string) => T {
  return (value) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new Error(`must be one of ${allowed.join(', ')}`);
    return found;
  };
}

export function setOf<const T extends string>(...allowed: readonly T[]): (value: string) => ReadonlySet<T> {
  return (value) => {
    const parts = list(value);
    const known = allowed.filter((candidate) => parts.includes(candidate));
    if (parts.some((part) => !known.some((candidate) => candidate === part))) {
      throw new Error(`must be a comma-separated list of ${allowed.join(', ')}`);
    }
    return new Set(known);
  };
}

export function integerBetween(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(`must be an integer between ${min} and ${max}`);
    return number;
  };
}

export function url(...schemes: readonly string[]): (value: string) => string {
  return (value) => {
    const scheme = URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : undefined;
    if (scheme === undefined || !schemes.includes(scheme)) {
      throw new Error(`must be a URL that starts with ${schemes.map((name) => `${name}://`).join(' or ')}`);
    }
    return value;
  };
}

/** Order is kept: the position of a node URL is the node's index. */
export function urls(
  count: { min: number; max: number },
  ...schemes: readonly string[]
): (value: string) => readonly string[] {
  const one = url(...schemes);
  return (value) => {
    const all = list(value).map(one);
    if (all.length < count.min || all.length > count.max) {
      throw new Error(`must name ${count.min === count.max ? count.min : `${count.min} to ${count.max}`} URLs`);
    }
    return all;
  };
}

/** One Redis, or the masters of a Redis Cluster, comma-separated as its clients take them. */
export function serverOrCluster(value: string): string {
  return urls({ min: 1, max: MAX_CLUSTER_MASTERS }, 'redis', 'rediss')(value).join(',');
}

/** An IANA time zone that this runtime knows. */
export function timeZone(value: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch {
    throw new Error('must be an IANA time zone such as Asia/Shanghai');
  }
}

/** One lower-case word: a part of names on servers that an environment shares with others. */
export function word(value: string): string {
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(value)) {
    throw new Error('must be a lower-case word of at most 16 letters, digits and hyphens');
  }
  return value;
}
