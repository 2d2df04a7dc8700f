/** What a list of names may hold. */
import t from 'tap'
import { searched } from '../../nameserver/listing.js'
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
    const search = searched(names, (name) => name.startsWith(prefix))
    for (;;) {
      const { done, value } = search.next()
      if (done === true) return value
    }
  }
  t.throws(() => list(''), { label: 'TOO_LARGE', message: /the list is too long: ask by prefix or by tags$/ })
  t.equal(list('a').length, 1)
  t.end()
})
