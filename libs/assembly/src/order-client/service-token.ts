/**
 * The token with which an app calls the other apps. Identity providers give short-lived ones into a file and renew it there, so a file is
 * read again when its copy is a minute old; a text stays what it is.
 */
import { readFileSync } from 'node:fs';

const FRESH_MS = 60_000;
const FILE = 'file:';

/** For the table of variables: the token as it is at each call. Throws for a file that cannot be read, or an empty token; repeats neither. */
export function serviceToken(value: string): () => string {
  if (!value.startsWith(FILE)) return () => value;
  const path = value.slice(FILE.length);
  let token = tokenIn(path);
  let readAtMs = performance.now();
  return () => {
    if (performance.now() - readAtMs > FRESH_MS) {
      token = tokenIn(path);
      readAtMs = performance.now();
    }
    return token;
  };
}

function tokenIn(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error('names a file that cannot be read');
  }
  if (text === '') throw new Error('names an empty file');
  return text;
}
