/** Arguments that are judged by schemas of other libraries before a method sees them. */
import t, { type Test } from 'tap'
import * as v from 'valibot'
import { z } from 'zod'
import type { DaemonOptions } from '../../../lib/serving/daemon.js'
import { openDaemon } from '../../../lib/serving/open-daemon.js'
import { expose, exposed, oneway } from '../../../lib/serving/marks.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { validate } from '../../../lib/rpc/answering/schemas.js'
import type { StandardSchema } from '../../../lib/rpc/answering/validation.js'
import { parseHostPort } from '../../../lib/rpc/uri.js'
import { ports } from '../../nameserver/scene.js'

type Call = (
  method: string,
  ...params: Parameters<Connection['call']>[1] & readonly unknown[]
) => Promise<unknown>

async function serving(t: Test, object: object, options: DaemonOptions = {}): Promise<Call> {
  const daemon = await openDaemon(ports, options, ports.logger)
  t.teardown(() => daemon.close())
  daemon.register(object, { id: 'shop' })
  const connection = new Connection({ address: parseHostPort(daemon.place), ...ports })
  t.teardown(() => connection.close())
  return (method, ...params) => connection.call(`shop.${method}`, params)
}

const ORDER = z.object({
  item: z.string(),
  count: z.number().int().positive(),
  tags: z.array(z.string()).default([]),
})

class Shop {
  readonly ran: unknown[] = []

  @expose @validate(ORDER) order(order: z.output<typeof ORDER>): string {
    this.ran.push(order)
    return order.tags.join()
  }

  @validate(v.pipe(v.string(), v.transform(Number)), v.optional(v.string()))
  @expose
  price(cents: number, currency = 'EUR'): string {
    this.ran.push([cents, currency])
    return `${typeof cents} ${cents} ${currency}`
  }

  @expose
  @validate(z.string().refine((name) => Promise.resolve(name !== 'taken'), 'is taken'))
  async claim(name: string): Promise<string> {
    this.ran.push(name)
    return Promise.resolve(name)
  }

  @oneway @validate(z.string()) note(text: string): void {
    this.ran.push(text)
  }
}

t.test('a method gets what its schemas make of its arguments: defaults, other types', async (t) => {
  const shop = new Shop()
  const call = await serving(t, shop)
  t.equal(await call('order', { item: 'tea', count: 2 }), '')
  t.same(shop.ran.pop(), { item: 'tea', count: 2, tags: [] })
  t.equal(await call('price', '120'), 'number 120 EUR')
  t.equal(await call('price', '120', 'USD'), 'number 120 USD')
  t.equal(await call('claim', 'free'), 'free')
})

t.test('what does not pass is refused with the place of each mistake, and was not executed', async (t) => {
  const shop = new Shop()
  const told: unknown[] = []
  const call = await serving(t, shop, { onCallError: (error) => told.push(error) })
  const refused = (calling: Promise<unknown>, message: RegExp): Promise<unknown> =>
    t.rejects(calling, { code: -32602, outcome: 'not-executed', message })
  await refused(
    call('order', { item: 1, count: 0, tags: ['a', 2] }),
    /^shop.order: args\[0\]\.item: .*string.*; args\[0\]\.count: .*; args\[0\]\.tags\[1\]: .*; it was not executed/,
  )
  await refused(call('order'), /args\[0\]: .*expected object/)
  await refused(call('price', 120), /args\[0\]: .*Expected string/)
  await refused(call('order', { item: 'tea', count: 1 }, 2), /it takes at most 1, and got 2/)
  await refused(call('claim', 'taken'), /args\[0\]: is taken/)
  await refused(call('note', 5), /args\[0\]: .*expected string/)
  t.same(shop.ran, [])
  t.same(told, [], 'nothing of the object has failed')
})

t.test('without decorators, and above it in the chain of classes', async (t) => {
  class Plain {
    static exposed = ['add']
    static validate = { add: [z.number(), z.number()] }
    add(one: number, other: number): number {
      return one + other
    }
  }
  class Loud extends Plain {
    override add(one: number, other: number): number {
      return -super.add(one, other)
    }
  }
  const call = await serving(t, new Loud())
  t.equal(await call('add', 1, 2), -3)
  await t.rejects(call('add', 1, '2'), { code: -32602, message: /args\[1\]/ })
})

t.test("under TypeScript's experimentalDecorators", async (t) => {
  class Older {
    add(one: number): number {
      return one
    }
  }
  expose(Older.prototype, 'add')
  validate(z.number())(Older.prototype, 'add')
  const call = await serving(t, new Older())
  await t.rejects(call('add', '1'), { code: -32602 })
})

t.test('bug: a schema that refuses later, beside one that throws, ended the process', async (t) => {
  const schemaOf = (judge: () => Promise<never>): StandardSchema => ({
    '~standard': { version: 1, vendor: 'here', validate: judge },
  })
  const later = schemaOf(() => Promise.reject(new Error('later')))
  const atOnce = schemaOf(() => {
    throw new Error('at once')
  })
  class Broken {
    static exposed = ['run']
    static validate = { run: [later, atOnce] }
    run(): void {}
  }
  const call = await serving(t, new Broken())
  await t.rejects(call('run', 1, 2), { code: -32602, message: /args\[1\]: .*at once/ })
})

t.test('a schema that throws refuses its call, and says so', async (t) => {
  const broken = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: () => {
        throw new Error('a mistake')
      },
    },
  } as const
  const later = {
    '~standard': { ...broken['~standard'], validate: () => Promise.reject(new Error('later')) },
  } as const
  class Broken {
    static exposed = ['now', 'later']
    static validate = { now: [broken], later: [later] }
    now(): void {}
    later(): void {}
  }
  const call = await serving(t, new Broken())
  await t.rejects(call('now'), { code: -32602, message: /args\[0\]: its schema has thrown: a mistake/ })
  await t.rejects(call('later'), { code: -32602, message: /args\[0\]: its schema has thrown: later/ })
})

t.test('of a thousand mistakes ten are told', async (t) => {
  class Many {
    static exposed = ['take']
    static validate = { take: [z.array(z.string())] }
    take(): void {}
  }
  const call = await serving(t, new Many())
  const error = await call(
    'take',
    Array.from({ length: 1_000 }, (_, at) => at),
  ).catch(String)
  t.match(error, /args\[0\]\[9\].*; and 990 more/)
  t.notMatch(error, /\[10\]/)
})

t.test(
  'what is no schema, and a name that is no method, are refused when the object is served',
  async (t) => {
    const daemon = await openDaemon(ports, {}, ports.logger)
    t.teardown(() => daemon.close())
    const served = (validated: object): (() => void) => {
      class Wrong {
        static exposed = ['take']
        static validate = validated
        take(): void {}
      }
      return () => void daemon.register(new Wrong())
    }
    t.throws(served({ tke: [z.string()] }), {
      message: /static validate names tke, which is no exposed method of Wrong/,
    })
    t.throws(served({ take: z.string() }), {
      message: /static validate: take must be a schema for each parameter/,
    })
    t.throws(served({ take: ['string'] }), { message: /schema 1 must be a schema.*not a string/ })
    t.throws(() => void Reflect.apply(validate, undefined, [String]), { message: /@validate: schema 1/ })
    class Own {
      static validate(): void {}
      take(): void {}
    }
    t.ok(daemon.register(exposed(new Own(), ['take'])), "a static method of that name is the class's own")
  },
)

t.test('those who read JSON alone are told what a method accepts', async (t) => {
  const daemon = await openDaemon(ports, {}, ports.logger)
  t.teardown(() => daemon.close())
  daemon.register(new Shop(), { id: 'shop' })
  const connection = new Connection({ address: parseHostPort(daemon.place), ...ports })
  t.teardown(() => connection.close())
  const described = JSON.stringify(await connection.call('daemon.describe', ['shop']))
  t.match(described, '"item":{"type":"string"}')
  t.match(described, '"accepts":[true,true]', 'as far as the library says so')
  const forTags = JSON.stringify(await connection.call('daemon.describe', ['shop'], { meta: { tags: 0 } }))
  t.notMatch(forTags, 'accepts')
})

t.test('a schema that does not go with its parameter does not compile', async (t) => {
  class Typed {
    // @ts-expect-error: the method takes a number
    @validate(z.string()) take(count: number): number {
      return count
    }
    @validate(z.coerce.number()) coerced(count: number): number {
      return count
    }
    @validate(v.string(), v.number()) fewer(name: string): string {
      return name
    }
  }
  t.ok(new Typed().fewer('x'))
})
