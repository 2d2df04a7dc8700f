/** What the linter says of the imports of a house. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { plainNode } from '../harness/processes.js'
import { project } from './house.js'

export const configuration = '.dependency-cruiser.json'
export const rooms = [
  'cli.ts',
  'command.ts',
  'index.ts',
  'api.ts',
  'client-api.ts',
  'nameserver',
  'node',
  'client',
  'balancer',
  'testing',
  'lib',
]

/** Of those in these places of it. */
export function cruise(house: string, ...args: readonly string[]): { refused: boolean; said: string } {
  const cruiser = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const done = spawnSync('env', [...plainNode, cruiser, '--config', configuration, ...args], {
    cwd: house,
    encoding: 'utf8',
  })
  return { refused: done.status !== 0, said: done.stdout + done.stderr }
}
