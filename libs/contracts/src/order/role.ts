/** Who acted (DOMAIN §1). Numbers travel in requests, rows and events: they never change. */
export const Role = {
  USER: 1,
  SYSTEM: 2,
  MERCHANT: 3,
  CUSTOMER_SERVICE: 4,
  OPEN_PLATFORM: 5,
  SMS: 6,
  PRINTER: 7,
  RISK_CONTROL: 8,
  ORDER_COMPLETION: 9,
} as const;
export type Role = (typeof Role)[keyof typeof Role];
export type RoleName = keyof typeof Role;

const names = new Map<number, RoleName>(Object.entries(Role).map(([name, role]) => [role, name as RoleName]));

export const roles: readonly Role[] = Object.values(Role);
export const isRole = (value: unknown): value is Role => typeof value === 'number' && names.has(value);
export const roleNameOf = (role: number): RoleName | undefined => names.get(role);
