import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema } from './config-file.ts';

/** Writes the JSON Schema that ships with the package: `bun run schema`. */
const path = join(import.meta.dir, '../../schema/config.schema.json');
writeFileSync(path, `${JSON.stringify({ ...configSchema() }, null, 2)}\n`);
