/** `npm run figures`, its simulated part. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Teardown } from '../harness/cluster.js'
import { plainNode, temporaryFolder } from '../harness/processes.js'

const main = join(import.meta.dirname, '../../bench/figures/main.js')

/** What it prints and draws. */
export function figures(t: Teardown, ...args: readonly string[]) {
  const folder = temporaryFolder(t)
  const command = [...plainNode, main, '--simulated', '--folder', folder, ...args]
  const { status, stdout, stderr } = spawnSync('env', command, { encoding: 'utf8' })
  const drawings = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  return { status, stdout, stderr, drawings }
}
