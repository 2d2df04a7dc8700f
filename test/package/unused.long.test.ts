/** What nobody uses: files, exports and dependencies, as knip finds them by `packaging/knip.json`. */
import { join } from 'node:path'
import t from 'tap'
import { project, run, tools, withTools } from './stranger.js'

t.setTimeout(300_000)

t.test('knip finds no file, export or dependency that nothing uses', async (t) => {
  await withTools()
  const knip = ['--config', 'packaging/knip.json', '--no-progress']
  const { status, stdout, stderr } = await run(join(tools, '.bin/knip'), knip, project)
  t.equal(status, 0, `take away what it names, or the word export before it:\n${stdout}${stderr}`)
})
