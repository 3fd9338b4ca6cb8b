/**
 * Writes the API description that the service answers at /openapi.json to `openapi/openapi.json`. CI runs it and refuses a commit in
 * which the file differs.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/db/package-root.ts'
import { describeApi } from './describe-api.ts'

await writeFile(join(packageRoot(), 'openapi/openapi.json'), await describeApi())
