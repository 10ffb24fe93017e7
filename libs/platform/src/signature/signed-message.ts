/**
 * Signed HTTP messages between us and a partner (payment channel, payer, carrier): HMAC-SHA256 over `timestamp.nonce.body`, where body
 * is the raw bytes as they travel. A message without a body signs its request target (`GET /v1/refunds/17` signs `/v1/refunds/17`), so that
 * a signature never fits another question. The first secret signs, every secret verifies: a rotation needs no moment of silence.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { refuse } from '@ordo/contracts';
import type { Refusal } from '@ordo/kernel';

export const SignatureHeader = {
  /** Unix seconds at which the message was signed. */
  TIMESTAMP: 'x-ordo-timestamp',
  /** 16 to 64 characters of `[A-Za-z0-9_-]`, new for every delivery, also for a repeated one. */
  NONCE: 'x-ordo-nonce',
  /** `v1=` and the HMAC in hex. */
  SIGNATURE: 'x-ordo-signature',
} as const;

/** What payment channels and carriers commonly allow for clocks that differ and queues on the way (DOMAIN §4). */
export const SIGNATURE_TOLERANCE_MS = 300_000;
const NONCE = /^[A-Za-z0-9_-]{16,64}$/;
const SECONDS = /^[0-9]{1,12}$/;
const SIGNATURE = /^v1=([0-9a-f]{64})$/;
const NONCE_BYTES = 18;

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifiedSignature {
  /** Whoever receives keeps it for as long as the tolerance lasts, twice over, and refuses it the second time (MESSAGE_REPLAYED). */
  readonly nonce: string;
  readonly signedAtMs: number;
}

/** The three headers of a message that leaves now. */
export function signMessage(
  content: string | Buffer,
  secret: string,
  nowMs: number,
  nonce: string = randomBytes(NONCE_BYTES).toString('base64url'),
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  return {
    [SignatureHeader.TIMESTAMP]: timestamp,
    [SignatureHeader.NONCE]: nonce,
    [SignatureHeader.SIGNATURE]: `v1=${digestOf(content, secret, timestamp, nonce).toString('hex')}`,
  };
}

/**
 * Who signed it, and when, is certain afterwards; whether it came before is for the caller to look up by the nonce.
 * @throws Refusal SIGNATURE_INVALID (a header is missing or malformed, or no secret fits), SIGNATURE_EXPIRED (± 5 minutes).
 * Neither says anything of a secret or of the digest that was expected.
 */
export function verifyMessage(
  content: string | Buffer,
  headers: HeaderValues,
  secrets: readonly string[],
  nowMs: number,
): VerifiedSignature {
  const timestamp = headerOf(headers, SignatureHeader.TIMESTAMP, SECONDS);
  const nonce = headerOf(headers, SignatureHeader.NONCE, NONCE);
  const given = Buffer.from(headerOf(headers, SignatureHeader.SIGNATURE, SIGNATURE).slice('v1='.length), 'hex');
  const fits = secrets.some((secret) => timingSafeEqual(digestOf(content, secret, timestamp, nonce), given));
  if (!fits) throw invalid(SignatureHeader.SIGNATURE, 'does not fit the message');
  const signedAtMs = Number(timestamp) * 1_000;
  if (Math.abs(nowMs - signedAtMs) > SIGNATURE_TOLERANCE_MS) {
    const details = { signedAt: new Date(signedAtMs).toISOString(), toleranceMs: SIGNATURE_TOLERANCE_MS };
    throw refuse('SIGNATURE_EXPIRED', 'the message was signed more than five minutes from now; sign it anew', details);
  }
  return { nonce, signedAtMs };
}

function digestOf(content: string | Buffer, secret: string, timestamp: string, nonce: string): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.${nonce}.`).update(content).digest();
}

function headerOf(headers: HeaderValues, name: string, pattern: RegExp): string {
  const value = headers[name];
  if (value === undefined) throw invalid(name, 'is missing');
  if (typeof value !== 'string' || !pattern.test(value)) throw invalid(name, `must match ${pattern.source}`);
  return value;
}

const invalid = (header: string, message: string): Refusal =>
  refuse('SIGNATURE_INVALID', `${header} ${message}`, {
    violations: [{ field: header, rule: 'signature', message }],
  });
