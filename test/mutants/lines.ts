import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GuardingLine } from './guarding-lines.js'

/** The mutants whose line does not stand exactly once in its file: they would show nothing, or not what they say. */
export function strayed(mutants: readonly GuardingLine[], core: string): readonly string[] {
  return mutants.flatMap(({ name, file, find }) => {
    const path = join(core, file)
    const times = existsSync(path) ? readFileSync(path, 'utf8').split(find).length - 1 : 0
    return times === 1 ? [] : [`${file}: "${name}" finds its line ${times} times: ${find}`]
  })
}
