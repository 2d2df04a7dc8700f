/** A fault that never comes is not tested, however long the run. */
import t from 'tap'
import { Dice } from '../../raft/dice.js'
import { Deck } from './deck.js'

const dealt = (deck: Deck<string>, count: number) =>
  Array.from({ length: count }, () => deck.deal() ?? 'none')
const CARDS = ['kill', 'kill', 'kill', 'stop', 'tear']

t.test('whatever the seed, each kind comes before any comes again', async (t) => {
  for (let seed = 0; seed < 200; seed++) {
    t.same(dealt(new Deck(CARDS, new Dice(seed)), 3).sort(), ['kill', 'stop', 'tear'], `seed ${seed}`)
  }
})

t.test('then each comes as often as it is in the deck', async (t) => {
  const deck = new Deck(CARDS, new Dice(7))
  dealt(deck, 3)
  for (const time of ['second', 'third', 'fourth']) t.same(dealt(deck, CARDS.length).sort(), CARDS, time)
})

t.test('the order is drawn from the seed', async (t) => {
  const orders = [1, 2, 3, 4, 5, 6, 1].map((seed) => dealt(new Deck(CARDS, new Dice(seed)), 8).join())
  t.equal(orders[0], orders[6])
  t.ok(new Set(orders).size > 2)
})

t.test('what found nobody to harm comes again before the next deal', async (t) => {
  const deck = new Deck(CARDS, new Dice(3))
  const [first = ''] = dealt(deck, 1)
  deck.putAside(first)
  t.notOk(dealt(deck, 2).includes(first))
  t.equal(deck.deal(), first)
})

t.test('of an empty deck nothing is dealt', async (t) => {
  t.equal(new Deck<string>([], new Dice(1)).deal(), undefined)
})
