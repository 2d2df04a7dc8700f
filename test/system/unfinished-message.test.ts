/** What happens while a message comes in piece by piece, in virtual time. */
import t from 'tap'
import type { Refusal } from '../../lib/ports.js'
import { FrameSplitter } from '../../lib/rpc/messages/frames.js'
import { UnfinishedInput } from '../../lib/system/unfinished-input.js'
import { UnfinishedMessage } from '../../lib/system/unfinished-message.js'
import { ManualClock } from '../harness/manual-clock.js'

const STALL_MS = 1000
const KIB = 1024

/** A channel that notes what becomes of it. */
class Channel {
  readonly clock = new ManualClock()
  readonly told: string[] = []
  readonly asked: string[] = []
  readonly refused: Refusal[] = []
  signs = 0
  isPaused = false
  failure: string | undefined
  readonly #splitter = new FrameSplitter(1024 * KIB)
  readonly #message: UnfinishedMessage

  constructor(input = new UnfinishedInput(1024 * KIB)) {
    const options = { stallMs: STALL_MS, input }
    this.#message = new UnfinishedMessage(this.clock, this.#splitter, options, {
      isPaused: () => this.isPaused,
      sign: () => (this.signs += 1),
      longest: (head) => {
        this.asked.push(head.slice(0, 5))
        return head.startsWith('short') ? 100 * KIB : undefined
      },
      refuse: (reason) => this.refused.push(reason),
      fail: ({ message }) => (this.failure = message),
    })
  }

  read(text: string): void {
    this.#splitter.push(Buffer.from(text), (message, isAbridged) => {
      this.#message.told()
      this.told.push(isAbridged ? 'abridged' : `${message.length} characters`)
    })
    this.#message.read()
  }

  pause(): void {
    this.isPaused = true
    this.#message.paused()
  }

  get keptBytes(): number {
    return this.#splitter.keptBytes
  }
}

t.test('who stops in the middle of a message is noticed', async (t) => {
  const channel = new Channel()
  channel.read('{"a')
  channel.clock.advance(STALL_MS)
  t.equal(channel.failure, 'the other end stopped in the middle of a message')
})

t.test('who sends a byte now and then is waited for', async (t) => {
  const channel = new Channel()
  for (let n = 0; n < 10; n++) {
    channel.read('x')
    channel.clock.advance(STALL_MS * 0.9)
  }
  t.equal(channel.failure, undefined)
})

t.test('who has ended its message may be silent', async (t) => {
  const channel = new Channel()
  channel.read('{"a')
  channel.read('":1}\n')
  channel.clock.advance(STALL_MS * 10)
  t.equal(channel.failure, undefined)
  t.same(channel.told, ['7 characters'])
})

t.test('who is not read for a while has not stopped', async (t) => {
  const channel = new Channel()
  channel.read('{"a')
  channel.pause()
  channel.clock.advance(STALL_MS * 10)
  t.equal(channel.failure, undefined)
  channel.isPaused = false
  channel.clock.advance(STALL_MS)
  channel.read('b')
  channel.clock.advance(STALL_MS * 2)
  t.equal(channel.failure, 'the other end stopped in the middle of a message', 'once it is read again it may')
})

t.test('how long a message may be is asked once, and anew for the next', async (t) => {
  const channel = new Channel()
  channel.read('l'.repeat(70 * KIB))
  channel.read('l'.repeat(70 * KIB))
  channel.read('\nshort')
  channel.read('s'.repeat(70 * KIB))
  channel.read('s'.repeat(70 * KIB))
  t.ok(channel.keptBytes < 100 * KIB, 'what will be refused is not kept')
  channel.read('s\n')
  t.same(channel.asked, ['lllll', 'short'])
  t.same(channel.told, [`${140 * KIB} characters`, 'abridged'])
})

t.test('who sends for long hears once a second that it arrives, and nothing after its message', async (t) => {
  const channel = new Channel()
  for (let n = 0; n < 30; n++) {
    channel.read('x')
    channel.clock.advance(100)
  }
  t.equal(channel.signs, 2)
  channel.read('\n')
  channel.clock.advance(5000)
  channel.read('a whole one\n')
  t.equal(channel.signs, 2)
})

t.test('who holds most of what all have sent is refused', async (t) => {
  const input = new UnfinishedInput(100 * KIB)
  const [large, small] = [new Channel(input), new Channel(input)]
  large.read('l'.repeat(80 * KIB))
  small.read('s'.repeat(30 * KIB))
  t.same(large.refused, ['overloaded'])
  t.same(small.refused, [])
})
