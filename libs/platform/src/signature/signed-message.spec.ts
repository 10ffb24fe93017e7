/** A signature that accepts too much moves money; one that accepts too little stops it. */
import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import fc from 'fast-check';
import { SIGNATURE_TOLERANCE_MS, SignatureHeader, signMessage, verifyMessage } from './signed-message.js';

const NOW = 1_790_000_000_000;
const SECRET = 'a-secret-of-the-channel';
const BODY = '{"refundNumber":"17-1"}';

function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a signed message', () => {
  it('is accepted by whoever has the secret, and answers its nonce and its time', () => {
    const headers = signMessage(BODY, SECRET, NOW, 'nonce-nonce-nonce');
    expect(verifyMessage(Buffer.from(BODY), headers, [SECRET], NOW)).toEqual({
      nonce: 'nonce-nonce-nonce',
      signedAtMs: NOW,
    });
  });

  it('has the signature that the documented recipe gives', () => {
    // printf '1790000000.nonce-nonce-nonce.{"refundNumber":"17-1"}' | openssl dgst -sha256 -hmac a-secret-of-the-channel
    expect(signMessage(BODY, SECRET, NOW, 'nonce-nonce-nonce')[SignatureHeader.SIGNATURE]).toBe(
      'v1=4516fe8b2f0e3d7b8f3be1e026eff8277a8a41711d27685d44c3515b9d693d88',
    );
  });

  it('has another nonce each time, also for the same body in the same second', () => {
    const nonces = Array.from({ length: 100 }, () => signMessage(BODY, SECRET, NOW)[SignatureHeader.NONCE]);
    expect(new Set(nonces).size).toBe(100);
  });

  it('is refused when a single byte of body, nonce, time or signature differs', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, flip) => {
        const content = Buffer.from(body);
        const headers = signMessage(content, SECRET, NOW);
        const altered = Buffer.from(content);
        altered[at % altered.length] = (altered[at % altered.length] ?? 0) ^ flip;
        expect(() => verifyMessage(content, headers, [SECRET], NOW)).not.toThrow();
        expect(refusalOf(() => verifyMessage(altered, headers, [SECRET], NOW)).code).toBe('SIGNATURE_INVALID');
      }),
    );
    const headers = signMessage(BODY, SECRET, NOW);
    const later = { ...headers, [SignatureHeader.TIMESTAMP]: String(NOW / 1_000 + 1) };
    const renamed = { ...headers, [SignatureHeader.NONCE]: 'another-nonce-of-ours' };
    for (const forged of [later, renamed]) {
      expect(refusalOf(() => verifyMessage(BODY, forged, [SECRET], NOW)).code).toBe('SIGNATURE_INVALID');
    }
  });

  it.each([
    ['five minutes old', SIGNATURE_TOLERANCE_MS, undefined],
    ['five minutes ahead', -SIGNATURE_TOLERANCE_MS, undefined],
    ['older than five minutes', SIGNATURE_TOLERANCE_MS + 1, 'SIGNATURE_EXPIRED'],
    ['further ahead than five minutes', -SIGNATURE_TOLERANCE_MS - 1, 'SIGNATURE_EXPIRED'],
  ])('that is %s is answered accordingly', (_, ageMs, code) => {
    const headers = signMessage(BODY, SECRET, NOW);
    const verify = (): unknown => verifyMessage(BODY, headers, [SECRET], NOW + ageMs);
    if (code === undefined) expect(verify).not.toThrow();
    else expect(refusalOf(verify).code).toBe(code);
  });

  it('is accepted during a rotation under the old and under the new secret, and under no third', () => {
    const secrets = ['the-new-one', SECRET];
    expect(() => verifyMessage(BODY, signMessage(BODY, SECRET, NOW), secrets, NOW)).not.toThrow();
    expect(() => verifyMessage(BODY, signMessage(BODY, 'the-new-one', NOW), secrets, NOW)).not.toThrow();
    expect(refusalOf(() => verifyMessage(BODY, signMessage(BODY, 'a third', NOW), secrets, NOW)).code).toBe(
      'SIGNATURE_INVALID',
    );
  });

  it.each([
    [SignatureHeader.TIMESTAMP, undefined],
    [SignatureHeader.TIMESTAMP, '17e8'],
    [SignatureHeader.TIMESTAMP, ['1790000000', '1790000000']],
    [SignatureHeader.NONCE, 'short'],
    [SignatureHeader.NONCE, 'has a space in it and more'],
    [SignatureHeader.SIGNATURE, undefined],
    [SignatureHeader.SIGNATURE, 'v1=00'],
    [SignatureHeader.SIGNATURE, `v2=${'0'.repeat(64)}`],
  ])('with %s of %p is refused by the name of the header', (name, value) => {
    const headers = { ...signMessage(BODY, SECRET, NOW), [name]: value };
    const refusal = refusalOf(() => verifyMessage(BODY, headers, [SECRET], NOW));
    expect(refusal).toMatchObject({ code: 'SIGNATURE_INVALID', details: { violations: [{ field: name }] } });
  });

  it('tells nothing of the secret or of the expected digest when it is refused', () => {
    const headers = signMessage(BODY, 'wrong', NOW, 'nonce-nonce-nonce');
    const expected = signMessage(BODY, SECRET, NOW, 'nonce-nonce-nonce')[SignatureHeader.SIGNATURE] ?? '';
    const refusal = refusalOf(() => verifyMessage(BODY, headers, [SECRET], NOW));
    expect(JSON.stringify([refusal.message, refusal.details])).not.toContain(SECRET);
    expect(JSON.stringify([refusal.message, refusal.details])).not.toContain(expected.slice(3));
  });
});
