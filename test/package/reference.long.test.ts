/**
 * `npm run reference`: everything that can be imported is documented, and everything that is named there is exported.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../harness/processes.js'
import { project, run, tools, withTools } from './stranger.js'

t.setTimeout(300_000)

t.test('the reference is made without a warning', async (t) => {
  await withTools()
  const out = temporaryFolder(t)
  const args = ['--options', 'packaging/typedoc.json', '--out', out]
  const { status, stdout, stderr } = await run(join(tools, '.bin/typedoc'), args, project)
  t.equal(status, 0, stdout + stderr)
  t.ok(existsSync(join(out, 'index.html')))
})
