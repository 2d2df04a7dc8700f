/**
 * Objects of the user's own beside the shipped ones: no name is taken for a shipped one, and those that were there before
 * one was shipped by their name stay.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connect, startNode } from '../../api.js'
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

t.test('an object with the name of one that was always shipped is refused', async (t) => {
  for (const name of ['log', 'kv', 'counter'])
    await t.rejects(
      startNode({ id: 'node1', data: temporaryFolder(t), objects: named([name]), logger: silent }),
      { message: `an object named ${name} is shipped with every node: give yours another name` },
    )
})

t.test('an object that a cluster had before one was shipped by its name stays its own', async (t) => {
  const [port = 0, nobody = 0] = await freePorts(2)
  const places = { members: [`a@localhost:${port}`], nameserver: [`localhost:${nobody}`] }
  const lines: string[] = []
  const logger = { ...silent, warn: (line: string) => void lines.push(line) }
  const data = temporaryFolder(t)
  const start = () => startNode({ ...places, id: 'a', data, objects: named(['lock']), logger })
  const client = await connect(places)
  t.teardown(() => client.close())
  const first = await start()
  t.equal(await client.object<Visits>('lock').visit(), 1)
  await first.stop()
  const second = await start()
  t.teardown(() => second.stop())
  t.equal(await client.object<Visits>('lock').count(), 1)
  const warning = 'the object lock is your own: the shipped one of that name is not in this cluster'
  t.same(lines, [warning, warning])
  await t.rejects(client.lock('x').tryAcquire(), { label: 'METHOD_NOT_FOUND', message: /lock\.acquire/ })
  t.ok(await client.semaphore('x', 1).tryAcquire(), 'the others are there')
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
