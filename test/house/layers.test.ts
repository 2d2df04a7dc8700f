/** The rooms keep their doors: an import that points up is refused by the linter. */
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { configuration, cruise, rooms } from './cruise.js'
import { project } from './house.js'
import { upward, type Upward } from './upward.js'

/** A copy of the rooms, with these files added. */
function houseWith(t: Test, added: readonly Upward[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'rollcall-layers-'))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  for (const part of [...rooms, 'package.json', 'tsconfig.base.json', 'tsconfig.main.json', configuration])
    cpSync(join(project, part), join(copy, part), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  for (const { place, source } of added) writeFileSync(join(copy, place), source)
  return copy
}

t.test('every import that points up is refused by the linter', (t) => {
  const added = upward.filter(({ linterSays }) => linterSays !== undefined).map(({ place }) => place)
  const { refused, said } = cruise(houseWith(t, upward), '--max-depth', '1', ...added)
  t.ok(refused)
  for (const { name, linterSays } of upward) if (linterSays !== undefined) t.match(said, linterSays, name)
  t.end()
})

t.test('the hall of the replica holds what brings its rooms together, and no more', (t) => {
  const files = readdirSync(join(project, 'lib/replica')).filter((file) => file.endsWith('.ts'))
  t.ok(files.length <= 10, files.join(', '))
  t.end()
})
