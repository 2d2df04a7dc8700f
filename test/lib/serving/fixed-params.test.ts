import { runInThisContext } from 'node:vm'
import t from 'tap'
import { fixedParams } from '../../../lib/rpc/proxies/fixed-params.js'

type Method = (...args: never[]) => unknown

class Methods {
  none(): void {}
  one(a: string): string {
    return a
  }
  async two(a: string, b: string): Promise<string> {
    return a + b
  }
  *three(a: number, [b]: number[], { c }: { c: number }) {
    yield [a, b, c]
  }
  optional(a: string, b?: string): string {
    return `${a}${b}`
  }
  byDefault(a: string, b = ''): string {
    return a + b
  }
  byDefaultOfAnother(a: string, b = a.trim(), c: string): string {
    return `${a}${b}${c}`
  }
  rest(a: string, ...b: string[]): string {
    return a + b.join()
  }
  inside({ a = 1 }: { a?: number }): number {
    return a
  }
}

function method(name: keyof Methods): Method {
  const found: unknown = Reflect.get(Methods.prototype, name)
  if (typeof found === 'function') return found as Method
  throw new Error(`there is no ${name}`)
}

t.test('a method whose number of parameters is plain to see has that many', async (t) => {
  const of = (name: keyof Methods): number | undefined => fixedParams(method(name))
  t.same([of('none'), of('one'), of('two'), of('three'), of('optional')], [0, 1, 2, 3, 2])
})

t.test('where some may be left out, or there may be more, it is not known', async (t) => {
  for (const name of ['byDefault', 'byDefaultOfAnother', 'rest', 'inside'] as const)
    t.equal(fixedParams(method(name)), undefined, name)
  t.equal(fixedParams((async () => 1).bind(null)), undefined, 'a bound function')
  t.equal(fixedParams(Math.max), undefined, "the system's own")
  t.equal(fixedParams(written('function (a) { return [...arguments] }')), undefined, 'arguments')
  t.equal(
    fixedParams(written("function (a) { return 'http://x' + arguments[1] }")),
    undefined,
    'behind a text',
  )
  t.equal(
    fixedParams(written('function (a) { return /^x:\\/\\//.test(arguments[1]) }')),
    undefined,
    'a pattern',
  )
})

t.test(
  'bug: options behind the arguments were lost where a comment or a text speaks of arguments',
  async (t) => {
    t.equal(fixedParams(written('function (a) { // its arguments are text\n return a }')), 1)
    t.equal(fixedParams(written('function (a) { /* of the\n arguments */ return a }')), 1)
    t.equal(fixedParams(written("function (a) { throw new Error('wrong arguments') }")), 1)
    t.equal(fixedParams(written('(a, /* ) */ b) => a + b')), 2)
  },
)

/** As it stands in a file: what translates this one leaves out comments. */
function written(source: string): Method {
  return runInThisContext(`(${source})`) as Method
}

t.test('functions of an object, in each form', async (t) => {
  t.equal(
    fixedParams((a: number, b: number) => a + b),
    2,
  )
  t.equal(fixedParams(method('one')), 1)
})
