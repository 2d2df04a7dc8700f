/** One rule of names, at each of its doors. */
import t from 'tap'
import { command, instantiate } from '../../lib/replica/objects/marks.js'
import { whyUncallable } from '../../lib/rpc/callable-names.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { expose, exposed } from '../../lib/serving/marks.js'
import { membersOf } from '../../lib/serving/members.js'
import { Host } from '../../lib/rpc/host.js'
import { createProxy, type Remote } from '../../lib/rpc/proxies/proxy.js'

const CALLABLE = [
  'get',
  'Then',
  'catchAll',
  'x_',
  'a#',
  'tojson',
  'name',
  'length',
  'call',
  'apply',
  'arguments',
]
const MORE_CALLABLE = ['delete', 'ключ', '1', 'a b', 'exposed', 'commands', 'snapshot', 'restore', 'version']
const UNCALLABLE = ['', '_', '_private', '__proto__', '__defineGetter__', '#x', 'a.b', '.', 'then', 'catch']
const MORE_UNCALLABLE = [
  'finally',
  'toJSON',
  'prototype',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
]

/** Whether a door lets a method of that name through. */
type Door = (name: string) => boolean

const doors: Readonly<Record<string, Door>> = {
  'a list of commands': (name) =>
    isTaken(() => instantiate(withMethod(name, { commands: [name] })).marks.methods.has(name)),
  'a list of queries': (name) =>
    isTaken(() => instantiate(withMethod(name, { queries: [name] })).marks.methods.has(name)),
  'the decorator @command': (name) =>
    isTaken(() => {
      class Marked {
        @command [name](): void {
          return
        }
      }
      return instantiate(Marked).marks.methods.has(name)
    }),
  'a list given to exposed': (name) =>
    isTaken(() => {
      const Listed = withMethod(name, {})
      Reflect.apply(exposed, undefined, [Listed, [name]])
      return membersOf(new Listed(), 'it').has(name)
    }),
  'static exposed': (name) =>
    isTaken(() => membersOf(new (withMethod(name, { exposed: [name] }))(), 'it').has(name)),
  'the decorator @expose on a method': (name) =>
    isTaken(() => {
      class Exposed {
        @expose [name](): void {
          return
        }
      }
      return membersOf(new Exposed(), 'it').has(name)
    }),
  'the decorator @expose on a class': (name) =>
    isTaken(() => {
      @expose
      class Whole {
        [name](): void {
          return
        }
      }
      return membersOf(new Whole(), 'it').has(name)
    }),
  'a host': (name) =>
    isTaken(() => {
      const host = new Host()
      host.register('o', { methods: new Map([[name, { kind: 'plain', handler: () => null }]]) })
      return host.methods.get(`o.${name}`) !== undefined
    }),
  'a proxy': (name) =>
    typeof Reflect.get(
      createProxy(async () => null),
      name,
    ) === 'function',
  'what a proxy says it has': (name) =>
    Reflect.has(
      createProxy(async () => null),
      name,
    ),
}

function withMethod(name: string, lists: Readonly<Record<string, readonly string[]>>): new () => object {
  class Some {}
  const value = (): void => undefined
  if (name !== 'constructor') Object.defineProperty(Some.prototype, name, { value, configurable: true })
  return Object.assign(Some, lists)
}

/** A refusal says why. */
function isTaken(offer: () => boolean): boolean {
  try {
    return offer()
  } catch (error) {
    if (error instanceof Error && /: (.+)/.test(error.message)) return false
    throw error
  }
}

for (const [door, takes] of Object.entries(doors)) {
  void t.test(`${door}: the same names as everywhere`, async (t) => {
    for (const name of [...CALLABLE, ...MORE_CALLABLE]) t.equal(takes(name), true, JSON.stringify(name))
    for (const name of [...UNCALLABLE, ...MORE_UNCALLABLE]) t.equal(takes(name), false, JSON.stringify(name))
  })
}

void t.test('all that each object has from the language is uncallable', async (t) => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) t.ok(whyUncallable(name), name)
})

void t.test('a symbol names no method', async (t) => {
  const stranger = Symbol('stranger')
  t.equal(
    Reflect.get(
      createProxy(async () => null),
      stranger,
    ),
    undefined,
  )
  t.equal(
    Reflect.has(
      createProxy(async () => null),
      stranger,
    ),
    false,
  )
  const marking = (): unknown =>
    class {
      @command [stranger](): void {
        return
      }
    }
  t.throws(marking, { name: 'UnsuitableClassError', message: /Symbol\(stranger\).*text/ })
  const exposing = (): unknown =>
    class {
      @expose [stranger](): void {
        return
      }
    }
  t.throws(exposing, InvalidParamsError)
})

void t.test('a refusal says why, and what to do', async (t) => {
  class Sneaky {
    static commands = ['toJSON']
    toJSON(): void {
      return
    }
  }
  t.throws(() => instantiate(Sneaky), {
    name: 'UnsuitableClassError',
    message: /Sneaky\.toJSON can't be called from outside: .*loggers.*; give the method another name/,
  })
  t.throws(() => Reflect.apply(exposed, undefined, [class {}, ['_x']]) as unknown, {
    message: /_x can not be exposed: .*private; give it another name/,
  })
})

void t.test('the type of a proxy leaves out what it does not answer', async (t) => {
  interface Api {
    get(): number
    _hidden(): number
    then(): number
    'a.b'(): number
    toString(): string
  }
  const isOnlyGet: Same<keyof Remote<Api>, 'get'> = true
  t.ok(isOnlyGet)
})

type Same<A, B> = [A, B] extends [B, A] ? true : false
