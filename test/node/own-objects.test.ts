/**
 * Objects of the user's own beside the shipped ones: no name is taken for a shipped one, and no shipped one is
 * replaced.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connect, startNode } from '../../api.js'
import { SHIPPED_NAMES } from '../../lib/shipped/index.js'
import { loadObjects } from '../../node/load-objects.js'
import { silent } from '../harness/ports.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'

/** What every object of JavaScript has by itself. */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty']

class Visits {
  static commands = ['visit']
  static queries = ['count']
  visits = 0
  visit(): number {
    return (this.visits += 1)
  }
  count(): number {
    return this.visits
  }
}

const named = (names: readonly string[]): Record<string, typeof Visits> =>
  Object.fromEntries(names.map((name) => [name, Visits]))

t.test('an object may be called like something that every object of JavaScript has', async (t) => {
  const [port = 0, nobody = 0] = await freePorts(2)
  const places = { members: [`a@localhost:${port}`], nameserver: [`localhost:${nobody}`] }
  const data = join(temporaryFolder(t), 'a')
  const start = () => startNode({ ...places, id: 'a', data, objects: named(INHERITED), logger: silent })
  const client = await connect(places)
  t.teardown(() => client.close())
  const first = await start()
  for (const name of INHERITED) t.equal(await client.object<Visits>(name).visit(), 1, name)
  t.equal(await client.call('counter', 'increment', []), 1)
  await first.stop()
  const second = await start()
  t.teardown(() => second.stop())
  for (const name of INHERITED)
    t.equal(await client.object<Visits>(name).count(), 1, `${name} after a restart`)
})

t.test('an object with the name of a shipped one is refused', async (t) => {
  t.ok(SHIPPED_NAMES.includes('kv'))
  for (const name of SHIPPED_NAMES)
    await t.rejects(
      startNode({ id: 'node1', data: temporaryFolder(t), objects: named([name]), logger: silent }),
      { message: `an object named ${name} is shipped with every node: give yours another name` },
    )
})

t.test('modules may bring objects of any names, each once', async (t) => {
  const folder = temporaryFolder(t)
  const module = (file: string, names: readonly string[]): string => {
    const path = join(folder, file)
    const entries = names.map((name) => `[${JSON.stringify(name)}]: Visits`)
    writeFileSync(path, `class Visits {}\nexport default { ${entries.join(', ')} }\n`)
    return path
  }
  const one = module('one.mjs', INHERITED)
  const loaded = await loadObjects([one, module('two.mjs', ['visits'])])
  t.strictSame(Object.keys(loaded), [...INHERITED, 'visits'])
  for (const twice of INHERITED)
    await t.rejects(loadObjects([one, module(`${twice}.mjs`, [twice])]), {
      label: 'INVALID_OBJECTS',
      message: new RegExp(`there is another object named ${twice}$`),
    })
})
