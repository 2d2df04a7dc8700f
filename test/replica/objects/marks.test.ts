/** What may be replicated, and with which sentence the rest is refused. */
import { runInNewContext } from 'node:vm'
import { transformSync } from 'esbuild'
import t from 'tap'
import { ScriptTarget, transpileModule } from 'typescript'
import { command, instantiate, query } from '../../../lib/replica/objects/marks.js'
import { UnsuitableClassError } from '../../../lib/replica/objects/unsuitable-class.js'
import type { ReplicatedSource } from '../../../lib/replica/objects/marks.js'

class Tally {
  count = 0
  @command add(by: number): number {
    return (this.count += by)
  }
  @query read(): number {
    return this.count
  }
  hidden(): void {
    this.count = -1
  }
}

class Plain {
  static commands = ['put']
  static queries = ['get']
  value = ''
  put(value: string): void {
    this.value = value
  }
  get(): string {
    return this.value
  }
}

function kinds(source: ReplicatedSource): object {
  return Object.fromEntries([...instantiate(source).marks.methods].map(([name, { kind }]) => [name, kind]))
}

function refused(source: ReplicatedSource): string {
  try {
    instantiate(source)
  } catch (error) {
    if (error instanceof UnsuitableClassError) return error.message
    throw error
  }
  return 'not refused'
}

void t.test('decorated methods are commands and queries, and nothing else is', async (t) => {
  t.same(kinds(Tally), { add: 'command', read: 'query' })
})

void t.test('static lists serve plain JavaScript', async (t) => {
  t.same(kinds(Plain), { put: 'command', get: 'query' })
})

void t.test('a subclass inherits the marks', async (t) => {
  t.same(kinds(class extends Tally {}), { add: 'command', read: 'query' })
})

void t.test('a factory may make the object, with what it needs', async (t) => {
  const { instance, marks } = instantiate(() => Object.assign(new Tally(), { count: 40 }))
  t.equal(marks.methods.get('add')?.run(2), 42)
  t.ok(instance instanceof Tally)
})

void t.test(
  'bug: what a constructor threw was thrown as it was, and nobody knew of which object',
  async (t) => {
    class NeedsMore extends Tally {
      constructor(given?: { readonly start: number }) {
        super()
        if (given === undefined) throw new TypeError('nothing was given')
        this.count = given.start
      }
    }
    t.equal(
      refused(NeedsMore),
      "NeedsMore can't be made without arguments, as each member makes it: TypeError: nothing was given",
    )
    const makeNothing = (): Tally => {
      throw null
    }
    t.equal(
      refused(makeNothing),
      "makeNothing can't be made without arguments, as each member makes it: null",
    )
  },
)

void t.test('a class without commands and queries is told how to mark them', async (t) => {
  t.match(refused(class Empty {}), /Empty has no command and no query.*@command.*static commands/)
})

void t.test('private fields are refused unless the class can take its own snapshot', async (t) => {
  class Secret {
    #value = 0
    @query read(): number {
      return this.#value
    }
  }
  class Careful extends Secret {
    snapshot(): void {
      return
    }
    restore(): void {
      return
    }
  }
  t.match(refused(Secret), /Secret keeps state in #value.*snapshot and restore/)
  t.same(kinds(Careful), { read: 'query' })
})

void t.test('private fields are found in what compilers make of them', async (t) => {
  const text = `
    class Count { #value = 0; #step() { return 1 } add() { return this.#value += this.#step() } }
    class Calm { value = 0; #step() { return 1 } add() { return this.value += this.#step() } }
    Count.commands = Calm.commands = ['add']
    Count.queries = Calm.queries = []
    ;[Count, Calm]`
  const { code } = transformSync(text, { target: 'es2021' })
  const { outputText } = transpileModule(text, { compilerOptions: { target: ScriptTarget.ES2021 } })
  for (const lowered of [code, outputText]) {
    t.notMatch(lowered, /#value/)
    const [Count, Calm] = runInNewContext(lowered) as readonly [new () => object, new () => object]
    t.match(refused(Count), /Count keeps state in #value/)
    t.equal(refused(Calm), 'not refused')
  }
})

void t.test('private methods hold no state and are welcome, and so is a # in a text', async (t) => {
  class Harmless {
    text = ';#not = a field'
    #help(): string {
      return this.text
    }
    @query read(): string {
      return this.#help()
    }
  }
  t.same(kinds(Harmless), { read: 'query' })
})

void t.test('an asynchronous command is refused before it can split the replicas', async (t) => {
  class Slow {
    static commands = ['go']
    async go(): Promise<void> {
      await Promise.resolve()
    }
  }
  t.match(refused(Slow), /Slow\.go must be synchronous/)
})

for (const name of ['constructor', '__proto__', 'then', 'toString', 'hasOwnProperty', '_private']) {
  void t.test(`${name} is never callable, whoever lists it`, async (t) => {
    class Sneaky {
      static commands = [name]
      _private(): void {
        return
      }
      then(): void {
        return
      }
    }
    t.match(refused(Sneaky), /can't be called from outside/)
  })
}

void t.test('a list that names no method, and a name in both lists, are refused', async (t) => {
  t.match(
    refused(
      class Typo {
        static commands = ['ad']
      },
    ),
    /Typo has no method ad/,
  )
  t.match(
    refused(
      class Both {
        static commands = ['a']
        static queries = ['a']
      },
    ),
    /both a command and a query/,
  )
})

void t.test(
  'lists of a class add to those of the class that it extends; the nearer one counts',
  async (t) => {
    class More extends Plain {
      static override commands = ['clear', 'get']
      static override queries: string[] = []
      clear(): void {
        this.value = ''
      }
    }
    t.same(kinds(More), { put: 'command', get: 'command', clear: 'command' })
  },
)

void t.test('bug: a decorator with parentheses, or before a class, failed with a riddle', async (t) => {
  for (const [decorator, name] of [
    [command, 'command'],
    [query, 'query'],
  ] as const)
    for (const given of [[], [class Visits {}]])
      t.throws(() => Reflect.apply(decorator, undefined, given) as unknown, {
        name: 'UnsuitableClassError',
        message: `@${name} stands before a method, without parentheses`,
      })
})

/** As TypeScript calls a decorator under `experimentalDecorators`. */
function legacy(decorator: typeof command, owner: object, name: string): void {
  decorator(owner, name, Object.getOwnPropertyDescriptor(owner, name))
}

void t.test(
  "the decorators work under TypeScript's experimentalDecorators, wrapped by others too",
  async (t) => {
    class Visits {
      visit(): string {
        return 'visited'
      }
      of(): number {
        return 1
      }
      static make(): void {
        return
      }
    }
    legacy(command, Visits.prototype, 'visit')
    legacy(query, Visits.prototype, 'of')
    Object.defineProperty(Visits.prototype, 'visit', { value: () => 'wrapped', configurable: true })
    t.same(kinds(Visits), { visit: 'command', of: 'query' })
    t.equal(instantiate(Visits).marks.methods.get('visit')?.run(), 'wrapped')
    t.same(kinds(class extends Visits {}), { visit: 'command', of: 'query' })
    t.throws(() => legacy(command, Visits.prototype, 'visit'), /visit is marked twice/)
    t.throws(() => legacy(query, Visits, 'make'), /only a public method of the instance/)
    t.throws(() => legacy(query, Visits.prototype, 'then'), /can't be called from outside/)
  },
)

void t.test('bug: a mark on a getter or a field was passed over', async (t) => {
  for (const kind of ['getter', 'setter', 'field'])
    t.throws(() => Reflect.apply(query, undefined, [() => 1, { kind, name: 'of' }]) as unknown, {
      message: '@query of: only a public method of the instance can be a query',
    })
})

void t.test('an instance where a class is due is refused by name', async (t) => {
  const given = (value: unknown) => refused(value as ReplicatedSource)
  t.match(given(new Tally()), /as its class, not as an instance: give Tally/)
  t.match(given({}), /as its class, not as a value of type object/)
  t.match(given(null), /not as null/)
})
