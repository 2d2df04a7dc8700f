/** A kind of fault that is left out must be told, and one that a long run never had must be missed. */
import t from 'tap'
import { deal, missing } from './hands.js'
import { Tally } from './tally.js'

t.test('where nothing lacks, every kind is dealt, and none is skipped', async (t) => {
  const { hands, kinds, skipped } = deal(new Map(), 1)
  t.same(skipped, [])
  t.equal(new Set(kinds).size, kinds.length, 'each has a name of its own')
  const dealt = hands.flatMap(({ deck }) => Array.from({ length: 12 }, () => deck.deal()?.kind))
  t.same([...new Set(dealt)].sort(), [...kinds].sort())
})

t.test('what the machine lacks is not dealt, and said with its reason', async (t) => {
  const { hands, kinds, skipped } = deal(new Map([['disks', 'there is no mkfs.ext4']]), 1)
  t.same(skipped, ['frozen disks: there is no mkfs.ext4', 'full disks: there is no mkfs.ext4'])
  t.notOk(kinds.some((kind) => kind.endsWith('disks')))
  const dealt = hands.flatMap(({ deck }) => Array.from({ length: 20 }, () => deck.deal()?.kind))
  t.notOk(dealt.some((kind) => kind?.endsWith('disks')))
})

t.test('a run of three minutes must have had every kind, a shorter one need not', async (t) => {
  const tally = new Tally()
  tally.add('kills')
  t.same(missing(['kills', 'torn ends'], tally, 3), ['torn ends'])
  t.same(missing(['kills', 'torn ends'], tally, 2), [])
  tally.add('torn ends')
  t.same(missing(['kills', 'torn ends'], tally, 3), [])
})
