/**
 * The key set that tokens are checked against (JWKS, RFC 7517). Each key names its one algorithm, and a token is checked with
 * exactly that: a header that asks for another algorithm is refused before any cryptography (the classic confusion of RS256 and HS256).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CryptoKey, importJWK, type JWK } from 'jose';

const SYMMETRIC = 'HS256';
/** One algorithm per kind of key: a key without "alg" has no choice either. */
const ALGORITHM_OF_KIND: Readonly<Record<string, string>> = {
  oct: SYMMETRIC,
  RSA: 'RS256',
  'EC P-256': 'ES256',
  'OKP Ed25519': 'EdDSA',
};
/** RFC 7518 §3.2: an HS256 key is at least as long as the hash. */
const SYMMETRIC_KEY_BYTES = 32;

export interface KeySetDocument {
  readonly keys: readonly JWK[];
}

export interface VerificationKey {
  readonly kid: string | undefined;
  readonly alg: string;
  readonly key: CryptoKey | Uint8Array;
}

/** The text of ORDO_AUTH_KEYS as it is, once it has been read without complaint; for the table of variables. */
export function keySetText(text: string): string {
  readKeySet(text);
  return text;
}

/** Reads ORDO_AUTH_KEYS: JWKS text, or `file:` and a path. Error messages name the rule and repeat nothing of the keys. */
export function readKeySet(text: string): KeySetDocument {
  const document = parseDocument(text.startsWith('file:') ? readKeyFile(text) : text);
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new Error('is not a JSON Web Key Set, an object with at least one entry in "keys"');
  }
  const checked = keys.map(checkedKey);
  const kids = checked.map((key) => key.kid);
  if (new Set(kids).size !== kids.length) throw new Error('does not give every key a "kid" of its own');
  return { keys: checked };
}

/** What forbids `document` in production; undefined when nothing does. A shared secret lets every verifier mint tokens. */
export function unfitForProduction(document: KeySetDocument): string | undefined {
  if (document.keys.some((key) => key.alg === SYMMETRIC))
    return 'holds an HS256 key, which is refused when ORDO_ENVIRONMENT is production';
  if (document.keys.some((key) => key.d !== undefined))
    return 'holds a private key, which is refused when ORDO_ENVIRONMENT is production';
  return undefined;
}

export async function importKeySet(document: KeySetDocument): Promise<readonly VerificationKey[]> {
  return Promise.all(document.keys.map(importKey));
}

async function importKey(jwk: JWK): Promise<VerificationKey> {
  try {
    return { kid: jwk.kid, alg: jwk.alg as string, key: await importJWK(publicPart(jwk), jwk.alg) };
  } catch {
    // What the library says may quote the key.
    throw new Error('holds a key whose parameters cannot be read');
  }
}

function readKeyFile(location: string): string {
  try {
    return readFileSync(
      location.startsWith('file://') ? fileURLToPath(location) : location.slice('file:'.length),
      'utf8',
    );
  } catch {
    throw new Error('names a file that cannot be read');
  }
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not JSON; give a JSON Web Key Set or file:<path> to one');
  }
}

function checkedKey(key: unknown): JWK {
  const jwk = (typeof key === 'object' && key !== null ? key : {}) as JWK;
  const alg = jwk.alg ?? ALGORITHM_OF_KIND[kindOf(jwk)];
  if (alg === undefined || ALGORITHM_OF_KIND[kindOf(jwk)] !== alg) {
    throw new Error(
      `holds a key that is none of ${Object.values(ALGORITHM_OF_KIND).join(', ')}, or whose "alg" is not its kind's`,
    );
  }
  if (jwk.kty === 'oct' && Buffer.from(jwk.k ?? '', 'base64url').length < SYMMETRIC_KEY_BYTES) {
    throw new Error(`holds an HS256 key of less than ${SYMMETRIC_KEY_BYTES} bytes`);
  }
  return { ...jwk, alg };
}

function kindOf(jwk: JWK): string {
  return jwk.kty === 'EC' || jwk.kty === 'OKP' ? `${jwk.kty} ${jwk.crv}` : String(jwk.kty);
}

/** A verifier needs no private half; dropping it keeps it out of this process's key objects. */
function publicPart(jwk: JWK): JWK {
  const { d, p, q, dp, dq, qi, key_ops, ...rest } = jwk;
  return rest;
}
