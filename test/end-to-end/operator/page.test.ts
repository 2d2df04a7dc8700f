/** Every command of docs/operations.md, in its order, prints what the page says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { pause } from '../../harness/cluster.js'
import { Session, shapeOf, stepsOf } from '../../harness/page.js'
import { temporaryFolder } from '../../harness/processes.js'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8')

/** These only look: what they show comes true a moment after the step before. */
const looks = /^rollcall (status|doctor|lookup)|^tail /
const looksMax = 100

t.test('the run book does what it says', async (t) => {
  const ports = new Set([...page.matchAll(/(?:localhost:|--port )(\d{4})\b/g)].map(([, port = '']) => port))
  const session = await Session.start(temporaryFolder(t), [...ports])
  t.teardown(() => session.end())
  const steps = stepsOf(page)
  t.ok(steps.length > 40, 'the page has its commands')
  for (const { command, output } of steps) {
    let shown = await session.run(command)
    for (let n = 0; looks.test(command) && n < looksMax && shapeOf(shown) !== shapeOf(output); n++) {
      await pause(100)
      shown = await session.run(command)
    }
    t.equal(shapeOf(shown), shapeOf(output), `$ ${command}`)
    if (!t.passing()) return
  }
})
