/** docs/pyro.md names for each row the tests that show it, or says why it is not there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { project } from './house.js'
import { rowsOf } from './sources.js'

/** `test/PLACE.test.ts`: NAME; several stand one below the other. */
const shown = /^`(test\/[\w./-]+\.test\.ts)`: (.+)$/

const absent = /^(not yet|not there|not needed)\b/

function isShown(said: string): boolean {
  const [, place = '', name = ''] = shown.exec(said) ?? []
  return existsSync(join(project, place)) && readFileSync(join(project, place), 'utf8').includes(name)
}

t.test('each row of docs/pyro.md names tests that are there, or says why there is none', async (t) => {
  const rows = rowsOf('pyro.md')
  t.ok(rows.length > 50, `${rows.length} rows`)
  for (const row of rows) {
    const last = row.at(-1) ?? ''
    if (absent.test(last)) t.not(row.at(-2), '', `${row[0]}: its reason`)
    else for (const said of last.split('<br>')) t.ok(isShown(said), `${row[0]}: ${said}`)
  }
})
