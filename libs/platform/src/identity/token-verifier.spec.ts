/** What a token must be to be believed, key by key and claim by claim; with a clock of its own. */
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, issueToken, readKeySet, type TokenRequest } from '@ordo/configuration';
import { ManualClock, Refusal } from '@ordo/kernel';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { TokenVerifier } from './token-verifier.js';

const NOW_MS = Date.parse('2026-11-20T10:00:00Z');
const secretKey = (kid: string, fill: number) => ({
  kty: 'oct',
  kid,
  alg: 'HS256',
  k: Buffer.alloc(32, fill).toString('base64url'),
});
const keys = JSON.stringify({ keys: [secretKey('one', 1)] });

const aRequest = (over: Partial<TokenRequest> = {}): TokenRequest => ({
  subject: 'user:42',
  grants: ['order:place'],
  userId: '42',
  issuer: 'ordo',
  audience: 'ordo',
  lifetimeSeconds: 60,
  issuedAtMs: NOW_MS,
  ...over,
});

async function aVerifier(over: { keys?: string; environment?: string } = {}) {
  const clock = new ManualClock(NOW_MS);
  const verifier = await TokenVerifier.create({
    keys,
    issuer: 'ordo',
    audience: 'ordo',
    environment: 'test',
    clock,
    ...over,
  });
  return { clock, verifier };
}

async function ruleOf(work: Promise<unknown>): Promise<unknown> {
  const refusal = await work.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect((refusal as Refusal).code).toBe('UNAUTHENTICATED');
  return (refusal as Refusal).details['rule'];
}

describe('a good token', () => {
  it('is its caller, and is answered without a promise the next time', async () => {
    const { verifier } = await aVerifier();
    const token = await issueToken(keys, aRequest());
    expect(verifier.verifyCached(token)).toBeUndefined();
    const caller = await verifier.verify(token);
    expect(caller).toEqual({ subject: 'user:42', grants: new Set(['order:place']), userId: '42', roles: [] });
    expect(verifier.verifyCached(token)).toBe(caller);
  });

  it('is not remembered past its expiry', async () => {
    const { verifier, clock } = await aVerifier();
    const token = await issueToken(keys, aRequest());
    await verifier.verify(token);
    clock.advance(60_000);
    expect(verifier.verifyCached(token)).toBeUndefined();
  });

  it.each([
    ['RS256', { modulusLength: 2048 }],
    ['ES256', {}],
    ['EdDSA', {}],
  ])('may be signed with %s, checked with the public half alone in production', async (alg, options) => {
    const pair = await generateKeyPair(alg, { ...options, extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg };
    const { verifier } = await aVerifier({ keys: JSON.stringify({ keys: [jwk] }), environment: 'production' });
    const signing = JSON.stringify({ keys: [{ ...(await exportJWK(pair.privateKey)), kid: 'k', alg }] });
    await expect(verifier.verify(await issueToken(signing, aRequest()))).resolves.toMatchObject({ userId: '42' });
  });
});

describe('a token is refused', () => {
  it.each<[string, Partial<TokenRequest>, string]>([
    ['expired', { issuedAtMs: NOW_MS - 66_000 }, 'expired'],
    ['from another issuer', { issuer: 'someone' }, 'issuer'],
    ['for another audience', { audience: 'someone' }, 'audience'],
    ['bound to a user and a merchant', { merchantId: '7' }, 'claims'],
    ['bound to an id that is none', { userId: '042' }, 'claims'],
    ['bound and yet with roles', { roles: [2] }, 'claims'],
    ['with a grant that is no word', { grants: ['order place'] }, 'claims'],
    ['with a role out of range', { userId: undefined, roles: [0] } as unknown as Partial<TokenRequest>, 'claims'],
  ])('that is %s', async (_, over, rule) => {
    const { verifier } = await aVerifier();
    expect(await ruleOf(verifier.verify(await issueToken(keys, aRequest(over))))).toBe(rule);
  });

  it('within the tolerance of clocks it is not: five seconds past its expiry', async () => {
    const { verifier } = await aVerifier();
    const token = await issueToken(keys, aRequest({ issuedAtMs: NOW_MS - 63_000 }));
    await expect(verifier.verify(token)).resolves.toMatchObject({ subject: 'user:42' });
  });

  it.each([
    ['text', 'not-a-token'],
    ['nothing', ''],
    ['five kilobytes', `a.${'b'.repeat(5_000)}.c`],
    ['an unsigned token', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
  ])('that is %s', async (_, token) => {
    const { verifier } = await aVerifier();
    expect(await ruleOf(verifier.verify(token))).toMatch(/malformed|algorithm/);
  });

  it('with a forged signature, and the token is in no part of the refusal', async () => {
    const { verifier } = await aVerifier();
    const forged = await issueToken(JSON.stringify({ keys: [secretKey('one', 2)] }), aRequest());
    expect(await ruleOf(verifier.verify(forged))).toBe('signature');
    const refusal = (await verifier.verify(forged).catch((error: unknown) => error)) as Refusal;
    expect(`${refusal.message} ${refusal.stack} ${JSON.stringify(refusal.details)}`).not.toContain(forged.slice(0, 20));
  });

  it('signed by a key that the set does not hold', async () => {
    const { verifier } = await aVerifier();
    const foreign = await issueToken(JSON.stringify({ keys: [secretKey('two', 1)] }), aRequest());
    expect(await ruleOf(verifier.verify(foreign))).toBe('unknownKey');
  });

  it('that uses a public key as a shared secret', async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256' };
    const { verifier } = await aVerifier({ keys: JSON.stringify({ keys: [jwk] }) });
    const confused = await new SignJWT({ grants: [] })
      .setProtectedHeader({ alg: 'HS256', kid: 'k' })
      .setSubject('x')
      .setExpirationTime('1m')
      .sign(Buffer.from(JSON.stringify(jwk)));
    expect(await ruleOf(verifier.verify(confused))).toBe('algorithm');
  });

  it('without expiry', async () => {
    const { verifier } = await aVerifier();
    const eternal = await new SignJWT({ grants: [] })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setSubject('x')
      .setIssuer('ordo')
      .setAudience('ordo')
      .sign(Buffer.alloc(32, 1));
    expect(await ruleOf(verifier.verify(eternal))).toBe('claims');
  });
});

describe('a key set', () => {
  it('with a shared secret is refused in production, by the name of its variable', async () => {
    const refused = aVerifier({ environment: 'production' });
    await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
    await expect(refused).rejects.toThrow(/ORDO_AUTH_KEYS: holds an HS256 key/);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['no set', '{"k":"x"}', /not a JSON Web Key Set/],
    ['an empty set', '{"keys":[]}', /at least one/],
    ['a short secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'c2hvcnQ' }] }), /less than 32 bytes/],
    [
      'an algorithm of another kind of key',
      JSON.stringify({ keys: [{ ...secretKey('a', 1), alg: 'RS256' }] }),
      /its kind/,
    ],
    ['two keys of one kid', JSON.stringify({ keys: [secretKey('a', 1), secretKey('a', 2)] }), /"kid" of its own/],
    ['a file that is not there', 'file:/no/such/file', /cannot be read/],
  ])('is refused that is %s', (_, text, rule) => {
    expect(() => readKeySet(text)).toThrow(rule);
  });
});
