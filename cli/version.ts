/** The version of this package, as in package.json. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PackageFile {
  readonly version: string;
}

const packageFile = join(import.meta.dirname, '..', '..', 'package.json');

export const version = (JSON.parse(readFileSync(packageFile, 'utf8')) as PackageFile).version;
