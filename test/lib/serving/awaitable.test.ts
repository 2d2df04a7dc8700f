/**
 * What users' code gives back and can be awaited without being an instance of Promise, as the queries of knex and mongoose
 * are, and promises of other realms, counts as a promise wherever one may be given.
 */
import t, { type Test } from 'tap'
import {
  connect,
  exposed,
  startDaemon,
  validate,
  type Authenticate,
  type DaemonOptions,
  type Rollcall,
} from '../../../api.js'
import { until } from '../../harness/until.js'

/** It begins when somebody waits for it. */
class Query<T> implements PromiseLike<T> {
  constructor(private readonly run: () => Promise<T>) {}

  then<R = T, E = never>(
    fulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    rejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.run().then(fulfilled, rejected)
  }
}

const brings = <T>(value: T): Query<T> => new Query(() => Promise.resolve(value))
const fails = (message: string): Query<never> => new Query(() => Promise.reject(new Error(message)))

async function scene<T extends object>(t: Test, target: T, options: DaemonOptions = {}) {
  const daemon = await startDaemon(options)
  const rollcall: Rollcall = await connect()
  t.teardown(async () => {
    rollcall.close()
    await daemon.close()
  })
  return { uri: daemon.register(target), rollcall }
}

const clock = () => exposed({ year: () => 2026 }, ['year'])

t.test('bug: whoever was judged by a query that found nobody was let in', async (t) => {
  const judged: Readonly<Record<string, Authenticate>> = {
    nobody: () => brings(undefined),
    'an error': () => fails('the database is away'),
  }
  for (const [what, authenticate] of Object.entries(judged)) {
    const { rollcall, uri } = await scene(t, clock(), { authenticate, onCallError: () => undefined })
    await t.rejects(
      rollcall.object<ReturnType<typeof clock>>(uri).year(),
      { name: 'UnauthorizedError' },
      what,
    )
  }
  const { rollcall, uri } = await scene(t, clock(), { authenticate: () => brings({ id: 1 }) })
  t.equal(await rollcall.object<ReturnType<typeof clock>>(uri).year(), 2026)
})

t.test('bug: a connection that a query refuses was let in', async (t) => {
  const { rollcall, uri } = await scene(t, clock(), { onConnect: () => fails('one is enough') })
  await t.rejects(rollcall.object<ReturnType<typeof clock>>(uri).year(), {
    label: 'UNAUTHORIZED',
    message: /one is enough/,
  })
})

t.test('bug: what a schema answers later was taken for its answer, and the method got nothing', async (t) => {
  const answers = (value: unknown) => (value === 'free' ? { value } : { issues: [{ message: 'is taken' }] })
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) => brings(answers(value)) as unknown as ReturnType<typeof answers>,
    },
  }
  class Claims {
    static exposed = ['claim']
    claim(name: string): string {
      return `${name} is yours`
    }
  }
  validate(schema)(Claims.prototype, 'claim')
  const { rollcall, uri } = await scene(t, new Claims())
  const claims = rollcall.object<Claims>(uri)
  t.equal(await claims.claim('free'), 'free is yours')
  await t.rejects(claims.claim('mine'), { label: 'INVALID_PARAMS', message: /is taken/ })
})

t.test('bug: the instance of a call was disposed of before its query had ended', async (t) => {
  const seen: string[] = []
  class Report {
    static exposed = ['rows']
    static behavior = { mode: 'call' }
    rows(): Query<number> {
      return new Query(async () => {
        await new Promise((resolve) => setImmediate(resolve))
        seen.push('read')
        return 3
      })
    }
    [Symbol.dispose](): void {
      seen.push('disposed of')
    }
  }
  const { rollcall, uri } = await scene(t, Report)
  t.equal(await rollcall.object<Report>(uri).rows(), 3)
  t.same(seen, ['read', 'disposed of'])
})

t.test('what a query fails with is told to the hook, that of a one-way method too', async (t) => {
  const told: string[] = []
  class Tables {
    static exposed = ['rows']
    static oneway = ['drop']
    rows(): Query<number> {
      return fails('no such table')
    }
    drop(): Query<number> {
      return fails('not yours')
    }
  }
  const { rollcall, uri } = await scene(t, new Tables(), {
    onCallError: (error) => void told.push(String(error)),
  })
  const tables = rollcall.object<Tables>(uri)
  await t.rejects(tables.rows(), { message: 'no such table' })
  await tables.drop()
  await until('both to be told', () => told.length === 2)
  t.same(told, ['Error: no such table', 'Error: not yours'])
})

t.test('bug: a hook that hears of errors, and rejects, ended the process', async (t) => {
  const calls = clock()
  const failing = exposed({ ...calls, fail: () => Promise.reject(new Error('no')) }, ['year', 'fail'])
  const { rollcall, uri } = await scene(t, failing, {
    onCallError: () => Promise.reject(new Error('nobody takes it')),
  })
  const proxy = rollcall.object<typeof failing>(uri)
  await t.rejects(proxy.fail(), { message: 'no' })
  t.equal(await proxy.year(), 2026, 'it goes on')
})
