import { CallerGrant, callerGrants, isCallerGrant, isRole, Role, roles } from '@ordo/contracts';
import { isDecimalId, Refusal } from '@ordo/kernel';

/** What the command line said. */
export interface TokenOptions {
  readonly user?: string;
  readonly merchant?: string;
  readonly service?: string;
  readonly grants?: string;
  readonly roles?: string;
  readonly ttl: string;
}

/** What the token will say; issuer, audience and expiry are added by the signer. */
export interface TokenDescription {
  readonly subject: string;
  readonly claims: TokenClaims;
  readonly ttlSeconds: number;
}

export interface TokenClaims {
  readonly grants: readonly string[];
  readonly userId?: string;
  readonly merchantId?: string;
  readonly roles?: readonly number[];
}

const USER_GRANTS: readonly CallerGrant[] = [
  CallerGrant.PLACE,
  CallerGrant.READ,
  CallerGrant.LIST,
  CallerGrant.RECEIVE,
  CallerGrant.COMPLETE,
  CallerGrant.INVALIDATE,
  CallerGrant.CANCEL,
  CallerGrant.REFUND_APPLY,
  CallerGrant.REFUND_READ,
  CallerGrant.REFUND_LIST,
  CallerGrant.REFUND_WITHDRAW,
  CallerGrant.REFUND_APPEAL,
  CallerGrant.COMPENSATION_READ,
];
const MERCHANT_GRANTS: readonly CallerGrant[] = [
  CallerGrant.READ,
  CallerGrant.LIST,
  CallerGrant.ACCEPT,
  CallerGrant.RECEIVE,
  CallerGrant.INVALIDATE,
  CallerGrant.CANCEL,
  CallerGrant.REFUND_START,
  CallerGrant.REFUND_READ,
  CallerGrant.REFUND_LIST,
  CallerGrant.REFUND_AGREE,
  CallerGrant.REFUND_REJECT,
  CallerGrant.COMPENSATION_READ,
];
/** USER and MERCHANT belong to bound tokens; every other role a service may take unless --roles says less. */
const SERVICE_ROLES: readonly number[] = roles.filter((role) => role !== Role.USER && role !== Role.MERCHANT);
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const SPAN = /^([1-9]\d{0,6})([smhd])$/;

/** Checks the options and fills in what is usual for the kind of caller. Throws Refusal INVALID_ARGUMENT. */
export function describeToken(options: TokenOptions): TokenDescription {
  const kinds = [options.user, options.merchant, options.service].filter((value) => value !== undefined);
  if (kinds.length !== 1) throw wrong('say exactly one of --user ID, --merchant ID, --service NAME');
  if (options.roles !== undefined && options.service === undefined) {
    throw wrong('--roles is for --service: the role of a user or merchant token follows from its binding');
  }
  return { ...bindingOf(options), ttlSeconds: secondsOf(options.ttl) };
}

function bindingOf(options: TokenOptions): Omit<TokenDescription, 'ttlSeconds'> {
  if (options.user !== undefined) {
    const userId = idOf('--user', options.user);
    return { subject: `user:${userId}`, claims: { grants: grantsOf(options.grants, USER_GRANTS), userId } };
  }
  if (options.merchant !== undefined) {
    const merchantId = idOf('--merchant', options.merchant);
    return {
      subject: `merchant:${merchantId}`,
      claims: { grants: grantsOf(options.grants, MERCHANT_GRANTS), merchantId },
    };
  }
  const roles = options.roles === undefined ? SERVICE_ROLES : rolesOf(options.roles);
  return { subject: `service:${options.service}`, claims: { grants: grantsOf(options.grants, callerGrants), roles } };
}

function idOf(option: string, text: string): string {
  if (!isDecimalId(text)) throw wrong(`${option} takes a decimal id of 1 to 2^63-1, got "${text}"`);
  return text;
}

function grantsOf(text: string | undefined, usual: readonly CallerGrant[]): readonly string[] {
  if (text === undefined) return usual;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !isCallerGrant(name));
  if (unknown.length > 0) throw wrong(`unknown grants ${unknown.join(', ')}; there are ${callerGrants.join(', ')}`);
  return names;
}

function rolesOf(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const role = Number(part);
    if (!isRole(role)) throw wrong(`--roles takes the codes ${roles.join(', ')}, got "${part}"`);
    return role;
  });
}

function secondsOf(span: string): number {
  const [, count, unit] = SPAN.exec(span) ?? [];
  const seconds = Number(count) * (SECONDS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(seconds)) throw wrong(`--ttl takes a number and s, m, h or d, such as 1h, got "${span}"`);
  return seconds;
}

function wrong(message: string): Refusal {
  return new Refusal('INVALID_ARGUMENT', message);
}
