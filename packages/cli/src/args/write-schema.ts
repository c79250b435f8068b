import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunReportSchema } from '@zemosaic/core/report-schema';
import { configSchema } from './config-file.ts';

/** `bun run schema`: writes the JSON Schemas that ship with the package. */
for (const [name, schema] of [
  ['config', configSchema()],
  ['report', RunReportSchema],
] as const) {
  const path = join(import.meta.dir, `../../schema/${name}.schema.json`);
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
}
