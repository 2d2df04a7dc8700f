import t from 'tap'
import { differences, differing, readCopy, type Copy, type Read } from './copies.js'

const COPY: Copy = {
  counter: 3,
  entries: [{ index: 11, term: 1, command: 'a' }],
  values: new Map([['x', 'v']]),
}

const reads =
  (copy: Copy): Read =>
  async (object, method, [first]) => {
    if (object === 'counter') return copy.counter
    if (object === 'kv') return typeof first === 'string' ? copy.values.get(first) : undefined
    return method === 'length' ? 10 + copy.entries.length : copy.entries.slice(Number(first) - 11)
  }

t.test('a copy is what has come since the beginning', async (t) => {
  t.same(await readCopy(reads(COPY), { logLength: 10 }, ['x']), COPY)
})

t.test('a member that does not answer has no copy', async (t) => {
  t.equal(await readCopy(async () => undefined, { logLength: 10 }, ['x']), undefined)
  t.equal(await readCopy(reads(COPY), { logLength: 10 }, ['y']), undefined)
})

t.test('each thing that differs is named', async (t) => {
  t.same(differing(COPY, COPY), [])
  t.same(differing({ ...COPY, counter: 2 }, COPY), ['the counter is 2, not 3'])
  t.match(differing({ ...COPY, entries: [] }, COPY), [/^entry 1 of the round is missing, not /])
  t.same(differing({ ...COPY, values: new Map([['x', null]]) }, COPY), ['x is null, not "v"'])
})

t.test('a member may catch up until the deadline, and is accused after it', async (t) => {
  const late = [undefined, { ...COPY, counter: 2 }, COPY]
  t.same(await differences('node1', COPY, async () => late.shift(), Infinity), [])
  t.same(await differences('node1', COPY, async () => ({ ...COPY, counter: 2 }), 0), [
    'node1 has another copy than the cluster: the counter is 2, not 3',
  ])
})
