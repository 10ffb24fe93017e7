/**
 * What a script proved, as numbers. `ORDO_PROOF_FILE` names a file to leave them in, so that .ci/run can add up what
 * several scripts proved without reading their output, and repeat at its end what failed: a log is read from there.
 */
import { appendFileSync } from 'node:fs';

export function reportProof(name, passed, failed, failures = []) {
  const file = process.env.ORDO_PROOF_FILE;
  if (file) appendFileSync(file, `${JSON.stringify({ name, passed, failed, failures })}\n`);
}
