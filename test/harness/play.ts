/** Plays a page of the documentation from its first command to its last, and compares what each prints. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { pause } from './cluster.js'
import { Session, shapeOf, stepsOf } from './page.js'
import { temporaryFolder } from './processes.js'

/** These only look: what they show comes true a moment after the step before. */
const LOOKS = /^rollcall (status|doctor|lookup)|^tail /
const LOOKS_MAX = 100

/**
 * Ends with the first command that prints something else. `leastSteps`: as many commands the page has, at the least.
 */
export async function play(t: Test, name: string, leastSteps: number): Promise<void> {
  const page = readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8')
  const ports = new Set([...page.matchAll(/(?:localhost:|--port )(\d{4})\b/g)].map(([, port = '']) => port))
  const session = await Session.start(temporaryFolder(t), [...ports])
  t.teardown(() => session.end())
  const steps = stepsOf(page)
  t.ok(steps.length >= leastSteps, `${name} has ${steps.length} commands`)
  for (const { command, output } of steps) {
    let shown = await session.run(command)
    for (let n = 0; LOOKS.test(command) && n < LOOKS_MAX && shapeOf(shown) !== shapeOf(output); n++) {
      await pause(100)
      shown = await session.run(command)
    }
    t.equal(shapeOf(shown), shapeOf(output), `$ ${command}`)
    if (!t.passing()) return
  }
}
