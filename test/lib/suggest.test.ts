import t from 'tap'
import { closest, suggestion } from '../../lib/suggest.js'

const commands = ['help', 'status', 'start', 'stop', 'names', 'nameserver', 'node', 'set', 'get']

t.test('one letter too many, too few, or wrong is one mistake', async (t) => {
  for (const typed of ['statuss', 'statu', 'ststus']) t.equal(closest(typed, commands), 'status', typed)
})

t.test('letters that changed places are one mistake', async (t) => {
  t.equal(closest('hepl', commands), 'help')
  t.equal(closest('statsu', commands), 'status')
  t.equal(closest('gte', commands), 'get')
})

t.test('the beginning of a single candidate stands for it', async (t) => {
  t.equal(closest('stat', commands), 'status')
  t.equal(closest('names', commands), 'names', 'what is whole is not taken for the beginning of another')
  t.equal(closest('s', commands), undefined, 'of several nobody knows which')
})

t.test('bug: Get was taken for set, as one letter of each is another', async (t) => {
  for (const typed of ['Get', 'GET']) t.equal(closest(typed, ['set', 'get']), 'get', typed)
})

t.test('bug: what stood for nothing was taken for a short word where it was long enough', async (t) => {
  t.equal(closest('q'.repeat(130), ['host', 'port']), undefined)
})

t.test('another word is none of them', async (t) => {
  t.equal(closest('zebra', commands), undefined)
  t.equal(closest('', commands), undefined)
  t.equal(suggestion('zebra', commands), '')
  t.equal(suggestion('stat', commands), '; did you mean status?')
})
