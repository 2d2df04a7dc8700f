/** The list of shipped objects: what is told of each, and that only its own names are in it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isShipped, SHIPPED_NAMES, SHIPPED_OBJECTS } from '../../../lib/shipped/index.js'
import { instantiate } from '../../../lib/replica/objects/marks.js'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/shipped-objects.md'), 'utf8')

/** `| append | command |` of each row of an object's table. */
function rowsOf(name: string): ReadonlyMap<string, string> {
  const [, section = ''] = page.split(new RegExp(`^## ${name}$`, 'm'))
  const own = section.split(/^## /m)[0] ?? ''
  return new Map(
    [...own.matchAll(/^\| `(\w+)\(.*?\)` \| (\w+) \|/gm)].map(([, method = '', kind = '']) => [method, kind]),
  )
}

t.test('each has a section in its page, with a row for each of its methods', async (t) => {
  for (const [name, shipped] of Object.entries(SHIPPED_OBJECTS)) {
    const { methods } = instantiate(shipped.class).marks
    t.strictSame(
      [...rowsOf(name)].sort(),
      [...methods].map(([method, { kind }]) => [method, kind]).sort(),
      name,
    )
    t.match(shipped.explanation, /^[^\n]{1,60}$/)
  }
})

t.test('what every object of JavaScript has is not shipped', async (t) => {
  for (const name of SHIPPED_NAMES) t.ok(isShipped(name), name)
  for (const name of ['constructor', '__proto__', 'toString', 'KV', '']) t.notOk(isShipped(name), name)
})
