/** What a list of names may hold. */
import t from 'tap'
import { recordsText, searched } from '../../nameserver/listing.js'
import { completed } from '../../lib/replica/objects/stepwise.js'
import { LIMITS } from '../../nameserver/limits.js'
import type { Registered } from '../../nameserver/records.js'

t.test('a list that is too long is asked for by prefix', (t) => {
  const long = `x@${'h'.repeat(LIMITS.listLength / 2)}:1`
  const record: Registered = {
    isShared: false,
    fence: null,
    places: [{ uri: long, metadata: [], endsAt: null, lease: null }],
  }
  const names = [
    ['a1', record],
    ['b1', record],
    ['b2', record],
  ] as const
  const list = (prefix: string) => {
    const search = searched(names, 0, (name) => name.startsWith(prefix))
    for (;;) {
      const { done, value } = search.next()
      if (done === true) return value
    }
  }
  t.throws(() => list(''), { label: 'TOO_LARGE', message: /the list is too long: ask by prefix or by tags$/ })
  t.equal(list('a').length, 1)
  t.end()
})

t.test('ten thousand names are written in their order, a few at a time', (t) => {
  const records = Array.from({ length: 10_000 }, (_, n) => {
    const name = `name${(n * 7919) % 10_007}`
    return { name, uri: `${name}@localhost:1`, metadata: ['a'], ...(n % 2 === 0 && { uris: ['"', 'é'] }) }
  })
  const steps = recordsText(records)
  let bits = 1
  let last = steps.next()
  for (; last.done !== true; last = steps.next()) bits++
  const sorted = [...records].sort((a, b) => (a.name < b.name ? -1 : 1))
  t.equal(last.value.text, JSON.stringify(sorted))
  t.ok(Buffer.byteLength(last.value.text) === last.value.bytes, 'its bytes are counted')
  t.ok(bits > 10_000 / 256, `${bits} bits`)
  t.end()
})

t.test('no names are an empty list', (t) => {
  t.equal(completed(recordsText([])).text, '[]')
  t.end()
})
