/** What is given beside options, by a client that does not know yet which of its arguments are options. */
import t, { type Test } from 'tap'
import { connect, expose, exposed, startDaemon, type CallOptions, type Remote } from '../../../api.js'

interface Greets {
  greet(who: string): string | Promise<string>
}

class Taker {
  @expose async greeting(by: Greets): Promise<string> {
    return await by.greet('you')
  }
  @expose async allOf(items: AsyncIterable<number>): Promise<readonly number[]> {
    const all: number[] = []
    for await (const each of items) all.push(each)
    return all
  }
}

const OPTIONS: CallOptions = { timeoutMs: 5000 }

async function scene(t: Test) {
  const daemon = await startDaemon({ port: 0 })
  t.teardown(() => daemon.close())
  const uri = daemon.register(new Taker(), { id: 'taker' })
  const client = async (): Promise<Remote<Taker>> => {
    const rollcall = await connect()
    t.teardown(() => rollcall.close())
    return rollcall.object<Taker>(uri)
  }
  return { daemon, client }
}

function greeterOf(word: string): Greets {
  const greeter = {
    word,
    greet(who: string) {
      return `${this.word}, ${who}`
    },
  }
  return exposed(greeter, ['greet'])
}

t.test('bug: a plain object whose methods were exposed lost them in a first call with options', async (t) => {
  const { client } = await scene(t)
  const fresh = await client()
  t.equal(await fresh.greeting(greeterOf('hello'), OPTIONS), 'hello, you')
  t.equal(await fresh.greeting(greeterOf('good day'), OPTIONS), 'good day, you', 'its methods are known')
})

t.test('bug: a plain object that is served was copied in a first call with options', async (t) => {
  const { daemon, client } = await scene(t)
  const served = greeterOf('hello')
  daemon.register(served, { id: 'greeter' })
  t.equal(await (await client()).greeting(served, OPTIONS), 'hello, you')
})

t.test('bug: a plain object that is read asynchronously came as an empty one', async (t) => {
  const { client } = await scene(t)
  const items: AsyncIterable<number> = {
    async *[Symbol.asyncIterator]() {
      yield 1
      yield 2
    },
  }
  const fresh = await client()
  t.same(await fresh.allOf(items, OPTIONS), [1, 2], 'in a first call with options')
  t.same(await fresh.allOf(items), [1, 2])
})
