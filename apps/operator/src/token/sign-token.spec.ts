import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { base64url, type JSONWebKeySet, jwtVerify } from 'jose';
import { signToken } from './sign-token.js';
import { describeToken } from './token-claims.js';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA';
const keySet: JSONWebKeySet = { keys: [{ kty: 'oct', kid: 'spec', alg: 'HS256', k: SECRET }] };
const secret = base64url.decode(SECRET);
const user = describeToken({ user: '42', ttl: '15m' });
const before = { ...process.env };

beforeEach(() => {
  process.env['ORDO_AUTH_KEYS'] = JSON.stringify(keySet);
});
afterEach(() => {
  process.env = { ...before };
});

describe('a signed token', () => {
  it('verifies against the key set and says subject, binding, issuer, audience and expiry', async () => {
    const token = await signToken(user);
    const { payload, protectedHeader } = await jwtVerify(token, secret, {
      issuer: 'ordo',
      audience: 'ordo',
    });
    expect(protectedHeader).toMatchObject({ alg: 'HS256', kid: 'spec' });
    expect(payload).toMatchObject({ sub: 'user:42', userId: '42' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
  });

  it('takes the key set from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ordo-keys-'));
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(keySet));
    process.env['ORDO_AUTH_KEYS'] = `file:${join(folder, 'keys.json')}`;
    await expect(signToken(user).then((token) => jwtVerify(token, secret))).resolves.toBeDefined();
    rmSync(folder, { recursive: true });
  });

  it('is refused for a set of public keys, with a refusal that repeats none of them', async () => {
    const x = 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';
    process.env['ORDO_AUTH_KEYS'] = JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', x }] });
    const signing = signToken(user);
    await expect(signing).rejects.toMatchObject({ code: 'AUTH_KEYS_UNUSABLE', family: 'refusal' });
    await expect(signing).rejects.not.toThrow(new RegExp(x));
  });
});
