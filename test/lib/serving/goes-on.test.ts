/** Of which methods it is known before they run that they may go on after they have returned. */
import t from 'tap'
import { goesOn } from '../../../lib/serving/goes-on.js'
import { membersOf } from '../../../lib/serving/members.js'

class Base {
  async later(): Promise<void> {
    await Promise.resolve()
  }
}

class Each extends Base {
  static exposed = ['adds', 'callsItself', 'reads', 'waits', 'speaks', 'handsOn', 'inTwoSteps', 'inPrivate']

  adds(a: number, b: number) {
    return this.sum(a, b)
  }
  sum(a: number, b: number) {
    return a + b
  }
  callsItself(): unknown {
    return this.callsItself()
  }
  reads() {
    return this.made()
  }
  get made(): () => unknown {
    throw new Error('nobody has asked for it')
  }

  async waits() {
    await this.later()
  }
  speaks() {
    return new Promise((resolve) => setImmediate(resolve))
  }
  handsOn() {
    return this.later()
  }
  inTwoSteps() {
    return this.handsOn()
  }
  inPrivate() {
    return this.#after()
  }
  async #after() {
    await this.later()
  }
}

t.test(
  'a method goes on that is async, speaks of promises, or hands on what such a one brings',
  async (t) => {
    const each = new Each()
    const ways = [...membersOf(each, 'each')].map(
      ([name, member]) => [name, member.form === 'method' && goesOn(member.run, each)] as const,
    )
    t.strictSame(Object.fromEntries(ways), {
      adds: false,
      callsItself: false,
      reads: false,
      waits: true,
      speaks: true,
      handsOn: true,
      inTwoSteps: true,
      inPrivate: true,
    })
  },
)
