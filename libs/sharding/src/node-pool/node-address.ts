import { InvariantViolation } from '@ordo/kernel';

/** Where a server listens and as whom; never logged, never part of an error. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  readonly ssl?: { readonly rejectUnauthorized: boolean };
}

const DEFAULT_PORT = 3306;

/** Reads `mysql://user:password@host:port[/database][?tls=true]`; a refusal names the node and the rule, never the URL. */
export function parseNodeUrl(url: string, index: number): NodeAddress {
  if (!URL.canParse(url)) throw new InvariantViolation(`the URL of node ${index} is not a URL`);
  const parsed = new URL(url);
  if (parsed.protocol !== 'mysql:' && parsed.protocol !== 'mariadb:') {
    throw new InvariantViolation(`the URL of node ${index} does not start with mysql://`);
  }
  if (parsed.hostname === '') throw new InvariantViolation(`the URL of node ${index} names no host`);
  const database = decodeURIComponent(parsed.pathname.slice(1));
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    ...(database === '' ? {} : { database }),
    ...(parsed.searchParams.get('tls') === 'true' ? { ssl: { rejectUnauthorized: true } } : {}),
  };
}
