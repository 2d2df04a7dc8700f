/** Objects of users, tried out: a right one passes, and each kind of mistake is found and told in a way that helps. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { command, commandContext, query } from 'rollcall'
import type { Json } from '../../../lib/json.js'
import { simulate, TrialFailure, type Model, type MethodCall, type Trial } from 'rollcall/testing'

class Stock {
  left = 5

  @command deliver(): number {
    return (this.left += 1)
  }

  @command sell(): number {
    if (this.left === 0) throw new RangeError('nothing is left')
    return (this.left -= 1)
  }

  @query count(): number {
    return this.left
  }
}

const calls: Trial<Stock>['calls'] = (dice) => [dice.pick(['deliver', 'sell', 'sell', 'count'])]

async function failureOf<Shared extends object, State>(trial: Trial<Shared, State>): Promise<TrialFailure> {
  const failure: unknown = await simulate(trial).catch((error: unknown) => error)
  if (failure instanceof TrialFailure) return failure
  throw new Error(`a mistake was not found: ${JSON.stringify(failure)}`)
}

/** What the runs come across, each sooner or later: most of them within ten. */
const FAULTS = [
  'power failures of nodes',
  'power failures that lost writes',
  'kills of nodes',
  'pauses of nodes',
  'set clocks of nodes',
  'power failures of clients',
  'cuts',
  'messages lost',
  'messages doubled',
  'messages overtaken',
  'snapshots taken',
]

/** Ten times as many as any kind of fault has ever been waited for. */
const RUNS_MOST = 200

t.setTimeout(180_000)

t.test('the test that the documentation shows is one that runs', (t) => {
  const project = join(import.meta.dirname, '../../../..')
  const test = readFileSync(join(project, 'test/testing/trial/stock.test.ts'), 'utf8')
  t.ok(readFileSync(join(project, 'docs/objects.md'), 'utf8').includes(test))
  t.end()
})

t.test('an object that does the same everywhere is found to be right', async (t) => {
  const invariants = { 'no less than nothing is left': ({ left }: Stock) => left >= 0 }
  const report = await simulate({ object: Stock, calls, invariants, runs: 10 })
  t.equal(report.runs, 10)
  t.ok(report.answered > 200, `${report.answered} calls were answered`)
  t.equal(report.undecided, 0)
  const lacking = new Set(FAULTS.filter((fault) => !report.faults.has(fault)))
  for (let seed = 1000; lacking.size > 0 && seed < 1000 + RUNS_MOST; seed++) {
    const { faults } = await simulate({ object: Stock, calls, invariants, seed })
    for (const fault of lacking) if (faults.has(fault)) lacking.delete(fault)
  }
  t.same([...lacking], [])
})

t.test('an invariant that is broken is named, with the node, the entry and the state', async (t) => {
  class Oversold extends Stock {
    @command override sell(): number {
      return (this.left -= 1)
    }
  }
  const trial = { object: Oversold, calls, invariants: { 'not oversold': ({ left }: Stock) => left >= 0 } }
  const failure = await failureOf(trial)
  t.match(
    failure.message,
    /^seed \d+: "not oversold" does not hold at n\d, after entry \d+: \{"left":-\d+\}\n/,
  )
  const again = await failureOf({ ...trial, seed: failure.seed })
  t.equal(again.message, failure.message, 'the seed replays it')
})

let outside = 0

/** Each does something that is not the same on every copy, and says why. */
const UNLIKE: Readonly<Record<string, { readonly object: Trial<Stock>['object']; readonly why?: RegExp }>> = {
  'chance in the state': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        this.left = Math.random()
        return 1
      }
    },
    why: /commandContext\(\)\.random\(\)/,
  },
  'chance in the result': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        return Math.random()
      }
    },
  },
  'the time': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        this.left = Date.now()
        return 1
      }
    },
    why: /commandContext\(\)\.now/,
  },
  'chance in what watchers are told': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        commandContext().emit('sold', Math.random())
        return 1
      }
    },
    why: /^\w+\.sell does not do the same everywhere: .* it tells watchers "sold" 0\.\d+, and elsewhere "sold" 0\.\d+$/,
  },
  'the day of the week': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        this.left = new Date().getDay()
        return 1
      }
    },
    why: /commandContext\(\)\.now/,
  },
  'the time since the start': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        this.left = performance.now()
        return 1
      }
    },
  },
  'what stands outside of the object': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        this.left = ++outside
        return 1
      }
    },
  },
  'what stands with the class': {
    object: class Unlike extends Stock {
      static sold = 0
      @command override sell(): number {
        return ++Unlike.sold
      }
    },
  },
  'a command that leaves its work to a later turn': {
    object: class Unlike extends Stock {
      @command override sell(): number {
        queueMicrotask(() => (this.left += 1))
        return 1
      }
    },
    why: /outside of its commands/,
  },
}

for (const [what, { object, why }] of Object.entries(UNLIKE)) {
  t.test(`a command that does not do the same everywhere is named: ${what}`, async (t) => {
    const trial = { object, calls, runs: 20 }
    const failure = await failureOf(trial)
    t.match(failure.rule, why ?? /^\w+\.sell does not do the same everywhere/)
    t.match(failure.call, /^sell \(entry \d+ of the log\)$|^(sell|deliver)$/)
    const again = await failureOf({ ...trial, runs: 1, seed: failure.seed })
    t.equal(again.call, failure.call, 'the seed plays it again')
  })
}

t.test('bug: chance in the words of an error was laid to nobody', async (t) => {
  class Unlike extends Stock {
    @command override sell(): number {
      throw new Error(`not today: ${Math.random()}`)
    }
  }
  const { rule } = await failureOf({ object: Unlike, calls, runs: 5 })
  t.match(rule, /^what the clients were told does not fit together \(of sell: it calls Math\.random\(\)/)
})

t.test('a class without queries is found too, though nobody is told anything', async (t) => {
  class Silent {
    static commands = ['go']
    value = 0

    go(): boolean {
      this.value = Math.random()
      return true
    }
  }
  const failure = await failureOf({ object: Silent, calls: () => ['go'] })
  t.match(failure.rule, /^Silent\.go does not do the same everywhere: n\d .* n\d has \{"value":0\.\d+\}/)
})

t.test('an order that a snapshot does not keep is found where a command goes by it', async (t) => {
  let calledTimes = 0
  class Queue {
    static commands = ['put', 'take']
    readonly waiting = new Set<number>()

    put(value: number): void {
      calledTimes++
      this.waiting.add(value)
    }

    take(): number {
      calledTimes++
      const [first = -1] = this.waiting
      this.waiting.delete(first)
      return first
    }

    snapshot(): readonly number[] {
      return [...this.waiting].sort((a, b) => a - b)
    }

    async restore(chunks: AsyncIterable<number>): Promise<void> {
      for await (const value of chunks) this.waiting.add(value)
    }
  }
  const failure = await failureOf({
    object: Queue,
    calls: (dice) => (dice.chance(600) ? ['put', dice.below(1000)] : ['take']),
    seed: 31,
    runs: 100,
  })
  t.ok(calledTimes < 3_000_000, `bug: its user waited for half a minute, and for ${calledTimes} calls`)
  // Where no copy is left that has not been through a snapshot, the answers alone tell.
  t.match(
    failure.rule,
    /^Queue\.take does not do the same everywhere|^what the clients were told does not fit/,
  )
})

t.test('a failure begins with what is wrong, what was called and how to play it again', async (t) => {
  class Drawn extends Stock {
    @command override sell(): number {
      return (this.left -= Math.random())
    }
  }
  const failure = await failureOf({ object: Drawn, calls })
  const lines = failure.message.split('\n')
  t.equal(lines.length, 3, 'and with nothing else')
  t.match(lines[0], /^seed \d+: Drawn\.sell does not do the same everywhere: n\d comes to other results/)
  t.match(lines[1], /^It was called: sell \(entry \d+ of the log\)$/)
  t.match(lines[2], /^Replay it alone with `seed: \d+`\./)
  t.ok(failure.lastEvents.length > 20, 'what Raft said is there for who asks')
  t.notMatch(inspect(failure), /starts/, 'and for nobody else')
})

t.test('time and chance from the context are the same everywhere', async (t) => {
  class Drawn {
    static commands = ['draw']
    drawn: number[] = []

    draw(): number {
      const context = commandContext()
      this.drawn = [context.now, context.random()]
      return this.drawn.length
    }
  }
  const { answered } = await simulate({ object: Drawn, calls: () => ['draw'], runs: 3 })
  t.ok(answered > 50)
  t.equal(new Date(0).getTime(), 0)
  t.ok(Date.now() < 4e12, 'the clock of the test is its own again')
})

t.test('a snapshot that forgets something is found', async (t) => {
  class Forgetful extends Stock {
    sold = 0

    @command override sell(): number {
      this.left -= 1
      return (this.sold += 1)
    }

    *snapshot() {
      yield this.left
    }

    async restore(chunks: AsyncIterable<number>) {
      for await (const left of chunks) this.left = left
    }
  }
  const failure = await failureOf({ object: Forgetful, calls, runs: 50 })
  t.match(failure.rule, /comes to other results than the others, up to entry \d+|does not fit together/)
})

t.test('a query that changes its copy is found', async (t) => {
  class Counting extends Stock {
    @query override count(): number {
      return (this.left += 1)
    }
  }
  const failure = await failureOf({ object: Counting, calls })
  t.match(
    failure.rule,
    /Counting\.count is a query, and changes the object: make it a command|other results|not fit/,
  )
})

t.test('what contradicts the given model is drawn as the smallest history that shows it', async (t) => {
  const generous: Model<number, MethodCall, Json> = {
    initial: () => 5,
    step: (left, { method }) => {
      const next = { deliver: left + 2, sell: left - 1 }[method] ?? left
      return { state: next, result: next }
    },
    callText: ({ method }) => method,
  }
  const failure = await failureOf({ object: Stock, calls: () => ['deliver'], model: generous })
  t.match(
    failure.rule,
    /^what the clients were told does not fit together:\n\nclient\d .*\|-- deliver → \d+ --\|/,
  )
  t.match(failure.rule, /No order of these operations explains all answers/)
})

t.test('a call of a method that is not marked is a mistake of the trial', async (t) => {
  const failure = await failureOf({ object: Stock, calls: () => ['steal'] })
  t.match(failure.rule, /^calls\(\) names steal, which Stock does not mark$/)
})

t.test('an invariant that throws is told with the node, the entry and what it threw', async (t) => {
  const failure = await failureOf({
    object: Stock,
    calls,
    invariants: {
      'is well': () => {
        throw new RangeError('no idea')
      },
    },
  })
  t.match(
    failure.rule,
    /^"is well" threw at n\d, after entry \d+: RangeError: no idea; the object is \{"left":\d+\}$/,
  )
  t.match((failure.cause as Error).cause, RangeError)
})

t.test('an invariant that answers neither true nor false is a mistake of the trial', async (t) => {
  const later = (async () => true) as unknown as () => boolean
  const failure = await failureOf({ object: Stock, calls, invariants: { later } })
  t.match(failure.rule, /^"later" must answer true or false, and answered a Promise at n\d, after entry \d+$/)
})

t.test('a trial of which no history could be judged is no success', async (t) => {
  /**
   * No two states are the same, and only so many calls are answered right: of a lively history there is no end of
   * orders to try.
   */
  const endless: Model<number, MethodCall, Json> = {
    initial: () => 0,
    step: (count) => ({ state: count + 1, result: count < 20 }),
    matches: (isRight) => isRight === true,
    key: () => Symbol(),
  }
  for (let seed = 1; seed <= 20; seed++) {
    const outcome: unknown = await simulate({ object: Stock, calls, model: endless, seed }).catch(
      (error: unknown) => error,
    )
    if (!(outcome instanceof TrialFailure)) continue
    t.match(
      outcome.message,
      /^seed \d+: whether .* was too hard a question in this run: give a `model` whose/,
    )
    return
  }
  t.fail('every history was judged')
})

t.test('a seed and a number of runs are that many from there on', async (t) => {
  const report = await simulate({ object: Stock, calls, seed: 41, runs: 2 })
  t.equal(report.runs, 2)
  t.equal((await simulate({ object: Stock, calls, seed: 41 })).runs, 1)
})
