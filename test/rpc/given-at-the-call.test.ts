/** A call is what was given when it was made, and arrives so or is refused before it leaves. */
import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../lib/json.js'
import type { CallMeta } from '../../lib/rpc/exposed.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { createProxy } from '../../lib/rpc/proxies/proxy.js'
import { callerOf } from './callers.js'
import { objectOf, startDaemon } from './rig.js'

type Test = { teardown(end: () => unknown): void }

interface Echo {
  all(...params: Json[]): Json
  with(a: number, b?: number, c?: number): Json
}

async function echo(t: Test) {
  const metas: CallMeta[] = []
  const { daemon, address } = await startDaemon({
    echo: objectOf({
      all: (params, { meta }) => {
        metas.push(meta)
        return params
      },
      with: (params) => params,
      lost: () => ({ rows: [new Map([[1, 2]])] }),
      half: () => [{ a: undefined }],
    }),
  })
  t.teardown(() => daemon.close())
  const uri = formatUri('echo', address)
  const caller = callerOf(t, async () => uri)
  const object = createProxy<Echo>((method, params) => caller.call({ name: 'echo' }, method, params))
  return { caller, object, metas }
}

t.test(
  'arguments that are changed after the call are not what is sent, by a new client or a warm one',
  async (t) => {
    const { object } = await echo(t)
    for (const client of ['new', 'warm']) {
      const row = { n: 0 }
      const list: number[] = []
      const calls = [1, 2, 3].map((n) => {
        row.n = n
        list.push(n)
        return object.all(row, list)
      })
      row.n = 99
      t.same(
        await Promise.all(calls),
        [
          [{ n: 1 }, [1]],
          [{ n: 2 }, [1, 2]],
          [{ n: 3 }, [1, 2, 3]],
        ],
        client,
      )
    }
  },
)

t.test('meta that is changed after the call is not what is sent', async (t) => {
  const { caller, metas } = await echo(t)
  const meta = { traceparent: 'first' }
  const call = caller.call({ name: 'echo' }, 'all', [], { meta })
  meta.traceparent = 'second'
  await call
  t.match(metas, [{ traceparent: 'first' }])
})

t.test(
  'an argument that would arrive as something else is refused by its path, and nothing is sent',
  async (t) => {
    const { caller, metas } = await echo(t)
    const call = caller.call({ name: 'echo' }, 'all', ['x', { rows: [{ when: new Date(0) }] }])
    await t.rejects(call, {
      name: 'InvalidParamsError',
      outcome: 'not-executed',
      message:
        'echo.all: args[1].rows[0].when is a Date: send its toISOString() (this method takes JSON alone); the call was not sent',
    })
    t.same(metas, [])
  },
)

t.test('arguments left out at the end have their defaults; one left out before is refused', async (t) => {
  const { object } = await echo(t)
  t.same(await object.with(1, undefined, undefined), [1])
  t.same(await object.with(1), [1])
  await t.rejects(object.with(1, undefined, 3), { message: /^echo\.with: args\[1\] is undefined/ })
})

t.test('a result that would arrive as something else is an error that names its path', async (t) => {
  const { caller } = await echo(t)
  await t.rejects(caller.call({ name: 'echo' }, 'lost', []), {
    message: /^echo\.lost has run, and its result can not be sent: the result \.rows\[0\] is a Map/,
  })
  t.same(await caller.call({ name: 'echo' }, 'half', []), [{}], 'what is undefined there is undefined here')
})

t.test('values and keys of every kind come back equal, or are refused', async (t) => {
  const { caller } = await echo(t)
  const key = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', '', '\ud800', '\udc00x', '\u2028', '$', 'toJSON', '0'),
  )
  const value = fc.oneof(fc.jsonValue({ noUnicodeString: false }), fc.dictionary(key, fc.jsonValue()), key)
  await fc.assert(
    fc.asyncProperty(fc.array(value), async (params) => {
      try {
        const back = await caller.call({ name: 'echo' }, 'all', params)
        return JSON.stringify(back) === JSON.stringify(params)
      } catch (error) {
        // Of all values of JSON, what the language can't write and read again is -0.
        if (error instanceof InvalidParamsError && / is -0, /.test(error.message)) return true
        throw error
      }
    }),
    { numRuns: 100 },
  )
})
