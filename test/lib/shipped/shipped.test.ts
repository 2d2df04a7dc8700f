/** The list of shipped objects: what is told of each, and that only its own names are in it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isShipped, SHIPPED_NAMES, SHIPPED_OBJECTS } from '../../../lib/shipped/index.js'
import { instantiate } from '../../../lib/replica/objects/marks.js'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/shipped-objects.md'), 'utf8')

function sectionOf(name: string): string {
  const [, section = ''] = page.split(new RegExp(`^## ${name}$`, 'm'))
  return section.split(/^## /m)[0] ?? ''
}

/** `| append | command |` of each row of an object's table. */
function rowsOf(name: string): ReadonlyMap<string, string> {
  return new Map(
    [...sectionOf(name).matchAll(/^\| `(\w+)\(.*?\)` \| (\w+) \|/gm)].map(([, method = '', kind = '']) => [
      method,
      kind,
    ]),
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

t.test(
  'each says what its methods take, so that what is given beyond that is not dropped in silence',
  async (t) => {
    for (const [name, shipped] of Object.entries(SHIPPED_OBJECTS)) {
      const { methods } = instantiate(shipped.class).marks
      for (const [method, { parameters }] of methods) {
        const written = new RegExp(`^\\| \`${method}\\((.*?)\\)\``, 'm').exec(sectionOf(name))?.[1] ?? '?'
        t.equal(parameters?.join(', '), written.replaceAll(/ = [^,)]+/g, ''), `${name}.${method}`)
      }
    }
  },
)

t.test('what every object of JavaScript has is not shipped', async (t) => {
  for (const name of SHIPPED_NAMES) t.ok(isShipped(name), name)
  for (const name of ['constructor', '__proto__', 'toString', 'KV', '']) t.notOk(isShipped(name), name)
})
