/**
 * Who may do what (P10), as pure rules. A refusal that says "forbidden" follows from the token and the request alone and so
 * tells nothing about what exists; whatever depends on a stored row is answered 404 instead, because a 403 would confirm it.
 */
import { Role, refuse } from '@ordo/contracts';
import type { CallerIdentity } from '../identity/caller-identity.js';

/** What visibility needs of an order, or of what hangs on one. `effective`: it was paid once, so the merchant may know of it. */
export interface Parties {
  readonly userId: string;
  readonly merchantId: string;
  readonly effective: boolean;
}

export const isUnbound = (caller: CallerIdentity): boolean =>
  caller.userId === undefined && caller.merchantId === undefined;

/** Whether this exists as far as the caller is concerned. A merchant sees an order only once it was effective. */
export function canSee(caller: CallerIdentity, parties: Parties): boolean {
  if (caller.userId !== undefined && caller.userId !== parties.userId) return false;
  if (caller.merchantId === undefined) return true;
  return caller.merchantId === parties.merchantId && parties.effective;
}

/** Throws 403 unless the caller may act on the account of this user: that user, or an unbound service. */
export function assertActsForUser(caller: CallerIdentity, userId: string): void {
  if (isUnbound(caller) || caller.userId === userId) return;
  throw refuse('FORBIDDEN', `this token is not bound to user ${userId}`, { userId });
}

/** Throws 403 unless the caller may look at this merchant's orders: that merchant, or an unbound service. */
export function assertActsForMerchant(caller: CallerIdentity, merchantId: string): void {
  if (isUnbound(caller) || caller.merchantId === merchantId) return;
  throw refuse('FORBIDDEN', `this token is not bound to merchant ${merchantId}`, { merchantId });
}

/** A merchant's own token speaks for the shop (the default) or for the printer that stands in it. */
const merchantRoles: readonly number[] = [Role.MERCHANT, Role.PRINTER];

/** The roles a caller may act as; the first is the one it acts as when it names none. */
function rolesOf(caller: CallerIdentity): readonly number[] {
  if (caller.userId !== undefined) return [Role.USER];
  return caller.merchantId === undefined ? caller.roles : merchantRoles;
}

/**
 * The role in which a caller changes an order: the one it asks for, or the first that it may act as. Throws 403 FORBIDDEN when
 * the token does not carry the asked role, or carries none.
 */
export function actingRole(caller: CallerIdentity, requested?: number): number {
  const allowed = rolesOf(caller);
  const role = requested ?? allowed[0];
  if (role !== undefined && allowed.includes(role)) return role;
  const asked = requested === undefined ? 'in any role' : `as role ${requested}`;
  throw refuse('FORBIDDEN', `this caller may not act ${asked}`, {
    requestedRole: requested ?? null,
    roles: [...allowed],
  });
}
