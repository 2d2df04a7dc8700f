import t from 'tap'
import { validate } from '../../../lib/rpc/answering/schemas.js'
import { expose, exposed, oneway } from '../../../lib/serving/marks.js'
import { isExposed, membersOf } from '../../../lib/serving/members.js'

class Base {
  inherited(): string {
    return 'base'
  }
  hidden(): string {
    return 'hidden'
  }
}
exposed(Base, ['inherited'])

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
  static exposed = ['go', 'language']
  static oneway = ['tell']
  go(): string {
    return 'gone'
  }
  get language(): string {
    throw new Error('an accessor was run')
  }
  tell(): void {}
}

class Marked {
  @expose get language(): string {
    return 'en'
  }
  @expose accessor level = 1
  @oneway tell(): void {}
  @expose @oneway both(): void {}
}

class Base2 {
  go(): void {}
}

const names = (instance: object): string[] => [...membersOf(instance, 'it').keys()].sort()

t.test('nothing but what the classes have said', async (t) => {
  t.same(names(new Decorated()), ['inherited', 'shown'])
  t.same(names(new Whole()), ['five', 'one'], 'a getter too, which is not run for it')
  t.same(names(new Plain()), ['go', 'language', 'tell'])
  t.notOk(isExposed({ own: () => 1 }))
  const shown = membersOf(new Decorated(), 'it').get('shown')
  t.equal(shown?.form === 'method' && shown.run.call(new Decorated()), 'shown hidden')
})

t.test('each member is what its class has made of it', async (t) => {
  const forms = (instance: object): object =>
    Object.fromEntries(
      [...membersOf(instance, 'it')].map(([name, member]) => [
        name,
        member.form === 'method' && member.isOneway ? 'oneway' : member.form,
      ]),
    )
  t.same(forms(new Plain()), { go: 'method', language: 'attribute', tell: 'oneway' })
  t.same(forms(new Marked()), { language: 'attribute', level: 'attribute', tell: 'oneway', both: 'oneway' })
})

t.test('of an object without a class the methods that are named', async (t) => {
  const calculator = exposed({ add: (a: number, b: number) => a + b, secret: () => 42 }, ['add'])
  t.same(names(calculator), ['add'])
})

t.test('an object that exposes nothing is refused, with what to write', async (t) => {
  t.throws(() => membersOf(new Base2(), 'it'), {
    label: 'INVALID_PARAMS',
    message:
      "it: Base2 exposes nothing: mark its methods with @expose, or list them, static exposed = ['go'] in Base2",
  })
  t.throws(() => membersOf({ go: () => 1 }, 'it'), { message: /exposed\(object, \['go'\]\)$/ })
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
    t.throws(
      () => Reflect.apply(exposed, undefined, [class {}, [name]]) as unknown,
      { name: 'InvalidParamsError' },
      name,
    )
  }
  t.throws(
    () =>
      membersOf(
        new (class {
          static exposed = ['missing']
        })(),
        'it',
      ),
    /it: missing is exposed, and no method and no getter/,
  )
})

t.test('bug: a mark where it says nothing was passed over', async (t) => {
  for (const kind of ['field', 'setter'])
    for (const mark of [expose, oneway])
      t.throws(
        () => Reflect.apply(mark, undefined, [() => 1, { kind, name: 'greet' }]) as unknown,
        { label: 'INVALID_PARAMS', message: /^greet can not be exposed: only a public method or getter/ },
        kind,
      )
  t.throws(() => Reflect.apply(oneway, undefined, [class {}, { kind: 'class', name: 'Some' }]) as unknown, {
    name: 'InvalidParamsError',
  })
  t.throws(() => Reflect.apply(expose, undefined, []) as unknown, {
    label: 'INVALID_PARAMS',
    message: /parentheses/,
  })
  for (const given of [[], [class Some {}]])
    t.throws(() => Reflect.apply(oneway, undefined, given) as unknown, {
      label: 'INVALID_PARAMS',
      message: '@oneway stands before a method, without parentheses',
    })
  t.throws(
    () => Reflect.apply(validate(), undefined, [() => 1, { kind: 'getter', name: 'greet' }]) as unknown,
    {
      label: 'INVALID_PARAMS',
      message: '@validate greet: only the arguments of a method can be judged',
    },
  )
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
  t.same(names(new Some()), ['one'])
  class Whole extends Some {
    three(): number {
      return 3
    }
  }
  expose(Whole)
  t.same(names(new Whole()), ['one', 'three'])
  t.throws(() => expose(Some, 'two'), /two can not be exposed: only a public method or getter/)
})
