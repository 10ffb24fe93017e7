/**
 * What a script proved, as numbers. `ORDO_PROOF_FILE` names a file to leave them in, so that .ci/run can add up what
 * several scripts proved without reading their output.
 */
import { appendFileSync } from 'node:fs';

export function reportProof(name, passed, failed) {
  const file = process.env.ORDO_PROOF_FILE;
  if (file) appendFileSync(file, `${JSON.stringify({ name, passed, failed })}\n`);
}
