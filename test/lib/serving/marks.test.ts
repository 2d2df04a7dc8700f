import t from 'tap'
import { expose, exposed } from '../../../lib/serving/marks.js'
import { createProxy } from '../../../lib/rpc/proxy.js'

class Base {
  inherited(): string {
    return 'base'
  }
  hidden(): string {
    return 'hidden'
  }
}
expose(Base, ['inherited'])

class Decorated extends Base {
  readonly field = (): string => 'field'
  @expose shown(): string {
    return `shown ${this.hidden()}`
  }
  secret(): string {
    return 'secret'
  }
  get accessor(): () => string {
    return () => 'accessor'
  }
}

@expose
class Whole {
  one(): number {
    return 1
  }
  _two(): number {
    return 2
  }
  then(): number {
    return 3
  }
  toString(): string {
    return 'four'
  }
  get five(): number {
    throw new Error('an accessor was run')
  }
}

class Plain {
  static exposed = ['go']
  go(): string {
    return 'gone'
  }
}

const names = (instance: object): string[] => [...exposed(instance).methods.keys()].sort()

t.test('nothing but what the classes have said', async (t) => {
  t.same(names(new Decorated()), ['inherited', 'shown'])
  t.same(names(new Whole()), ['one'])
  t.same(names(new Plain()), ['go'])
  t.same(names({ own: () => 1 }), [])
  const context = { connection: { kind: 'lines', remote: '' }, meta: {}, deadline: undefined } as const
  t.equal(exposed(new Decorated()).methods.get('shown')?.handler([], context), 'shown hidden')
})

t.test('what can never be exposed is refused when it is tried', async (t) => {
  for (const name of [
    'constructor',
    '__proto__',
    'then',
    '_private',
    '#x',
    'toString',
    'valueOf',
    'a.b',
    '',
  ]) {
    t.throws(() => expose(class {}, [name]), { name: 'InvalidParamsError' }, name)
  }
  t.throws(
    () =>
      exposed(
        new (class {
          static exposed = ['missing']
        })(),
      ),
    /missing/,
  )
})

t.test('a proxy calls by name, and is no promise', async (t) => {
  const calls: unknown[] = []
  const proxy = createProxy<{ add(a: number, b?: number): number }>(async (method, params) => {
    calls.push([method, params])
    return 3
  })
  t.equal(await (await Promise.resolve(proxy)).add(1, undefined), 3)
  t.same(calls, [['add', [1]]])
  t.equal(Reflect.get(proxy, 'then'), undefined)
  t.equal(Reflect.get(proxy, Symbol.iterator), undefined)
  t.equal(JSON.stringify({ proxy }), '{"proxy":{}}')
})

t.test("expose works under TypeScript's experimentalDecorators, on methods and classes", async (t) => {
  class Some {
    one(): number {
      return 1
    }
    two(): number {
      return 2
    }
  }
  expose(Some.prototype, 'one', Object.getOwnPropertyDescriptor(Some.prototype, 'one'))
  t.same([...exposed(new Some()).methods.keys()], ['one'])
  class Whole extends Some {
    three(): number {
      return 3
    }
  }
  expose(Whole)
  t.same([...exposed(new Whole()).methods.keys()], ['three', 'one'])
  t.throws(() => expose(Some, 'two'), /two can not be exposed: .*a class and a list of names/)
})
