import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds the simulators, found from sources and from `dist` alike. */
export function repositoryRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'test/simulators')) && existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(`no folder test/simulators above ${import.meta.dirname}`);
}
