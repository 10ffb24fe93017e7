/** Where the protobuf files lie. The build copies code only, so the path is found from the repository root, from `src` or `dist` alike. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '@ordo/kernel';

const isRoot = (folder: string): boolean => {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }).name === 'ordo';
};

const rootFrom = (start: string): string => {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (isRoot(folder)) return folder;
  }
  invariant(false, `no package.json named "ordo" at or above ${start}`, { start });
};

/** The folder that holds every `.proto` of the house; the include directory of a loader. */
export const protoRoot = (): string =>
  join(rootFrom(dirname(fileURLToPath(import.meta.url))), 'libs', 'contracts', 'proto');

/** The absolute path of the order service's definition. */
export const protoPath = (): string => join(protoRoot(), 'ordo', 'order', 'v1', 'order.proto');
