import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as errors from '../../lib/rpc/errors.js'
import type { RollcallError } from '../../lib/rpc/errors.js'
import { uri } from '../../lib/rpc/uri.js'
import { fromWire, toWire, type WireError } from '../../lib/rpc/wire-error.js'

const hint = { leader: uri('node2@localhost:9102'), term: 3, members: [uri('node1@localhost:9101')] }

function everyError(): RollcallError[] {
  const made: RollcallError[] = [
    new errors.RemoteError({ name: 'TypeError', message: 'sentence', stack: 'at here' }),
    new errors.NotLeaderError(hint, 'sentence'),
  ]
  for (const [name, Class] of Object.entries(errors)) {
    if (!name.endsWith('Error') || ['RollcallError', 'RemoteError', 'NotLeaderError'].includes(name)) continue
    made.push(Reflect.construct(Class, ['sentence', { data: { more: [1] } }]) as RollcallError)
  }
  return made
}

t.test('each error goes over the wire and comes back the same', async (t) => {
  for (const error of everyError()) {
    const back = fromWire(JSON.parse(JSON.stringify(toWire(error))) as WireError)
    const { code, label, outcome, retry, message, data, name } = error
    t.match(back, { code, label, outcome, retry, message, data, name }, label)
    t.equal(back.constructor, error.constructor)
  }
})

t.test('docs/errors.md is the table of the classes', async (t) => {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| -'))
  const written = rows.map((row) =>
    row
      .split('|')
      .slice(1, 5)
      .map((cell) => cell.trim()),
  )
  const built = everyError().map(({ code, label, outcome, retry }) => [String(code), label, outcome, retry])
  t.same(written.sort(), built.sort())
})

t.test('codes of nobody: reserved ones are unknown, others are the remote object’s own', async (t) => {
  t.match(fromWire({ code: -32099, message: 'x' }), { label: 'INTERNAL_ERROR', outcome: 'unknown' })
  t.match(fromWire({ code: 42, message: 'x' }), { label: 'REMOTE_ERROR', remote: { name: 'Error 42' } })
})

t.test('a hint that is no hint is read as none', async (t) => {
  for (const data of [undefined, null, 1, [], { leader: 'nowhere', term: 'x', members: [1, 'y'] }] as const) {
    const error = fromWire({ code: -32001, message: 'x', ...(data === undefined ? {} : { data }) })
    t.match(error, { hint: { leader: null, term: 0, members: [] } })
  }
})

t.test('an error of another copy of this package is told by its class', async (t) => {
  const path = '../../lib/rpc/errors.js?another'
  const copy = (await import(path)) as typeof errors
  const error = new copy.NameTakenError('sentence')
  t.not(copy.NameTakenError, errors.NameTakenError)
  t.ok(error instanceof errors.NameTakenError)
  t.ok(error instanceof errors.RollcallError)
  t.notOk(error instanceof errors.NameNotFoundError)
  t.notOk(Object.assign(new Error('sentence'), { name: 'NameTakenError' }) instanceof errors.NameTakenError)
})
