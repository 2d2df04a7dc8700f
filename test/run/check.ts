/**
 * `npm run check`: what a change must pass before it is committed, as many checks at a time as there are processors.
 * What a check has printed is shown at its end. Exits 1 when one has failed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'

/** The longest first. */
const CHECKS = {
  lint: 'eslint --cache --cache-location dist/.build/eslint .',
  types: 'tsc -b --pretty',
  layers: 'npm run --silent lint:layers',
  format: 'prettier --check --log-level warn --cache .',
  tests: 'node dist/test/run/main.js --changed',
}

const waiting = Object.entries(CHECKS).values()
const work = async (): Promise<void> => {
  for (const [name, command] of waiting) {
    const begun = performance.now()
    const { output, isPassed } = await run(command)
    const seconds = ((performance.now() - begun) / 1000).toFixed(0)
    console.log(`# ${name}: ${isPassed ? 'passed' : 'FAILED'} in ${seconds} s\n${output}`)
    if (!isPassed) process.exitCode = 1
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))

/** Of both its outputs in one. */
async function run(command: string): Promise<{ readonly output: string; readonly isPassed: boolean }> {
  const child = spawn(`${command} 2>&1`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { output, isPassed: child.exitCode === 0 }
}
