/** Where the protobuf files lie. The build copies code only, so the path is looked for above the code, wherever that lies. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '@ordo/kernel';

const ORDER_PROTO = join('ordo', 'order', 'v1', 'order.proto');

/** In the published package `proto` lies beside `dist`; in the repository below `libs/contracts`, whether the code is of `src` or `dist`. */
const PLACES = ['proto', join('libs', 'contracts', 'proto')];

function protoAbove(start: string): string {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const found = PLACES.map((place) => join(folder, place)).find((place) => existsSync(join(place, ORDER_PROTO)));
    if (found !== undefined) return found;
  }
  invariant(false, `no ${ORDER_PROTO} beside or above ${start}`, { start });
}

/** The folder that holds every `.proto` of the house; the include directory of a loader. */
export const protoRoot = (): string => protoAbove(dirname(fileURLToPath(import.meta.url)));

/** The absolute path of the order service's definition. */
export const protoPath = (): string => join(protoRoot(), ORDER_PROTO);
