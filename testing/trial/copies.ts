/**
 * The copies of the object, side by side: after each command they must be the same, and between commands stay as they
 * are.
 */
import { methodOf } from '../../lib/replica/objects/lineage.js'
import { fieldChunks } from '../../lib/replica/objects/default-snapshot.js'
import { decodeCommand } from '../../lib/replica/machine/command-text.js'
import { logIndex } from '../../lib/raft/types.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { Watchdog } from '../../lib/ports.js'
import { canonicalText } from '../checker/canonical-text.js'
import { callText } from '../checker/text.js'
import type { OtherResults } from '../simulator/invariants.js'
import type { SimulatedNode } from '../simulator/node.js'
import type { World } from '../simulator/world.js'
import { OwnMachine, type Asked } from './own-machine.js'
import { BrokenRule, contentOf, SUBJECT } from './subject.js'

/** What all copies are after the command at an index, and the first node that came so far. */
interface Known {
  readonly index: number
  readonly state: string
  /** As a message shows it. */
  readonly content: string
  readonly node: string
  /** The command, as long as the node has it in its log. */
  readonly call?: string | undefined
}

const WAY_OUT: Readonly<Record<Asked, string>> = {
  'the time': 'it asks its machine for the time: commandContext().now is the same everywhere',
  chance: 'it calls Math.random(): commandContext().random() is the same everywhere',
}

export class Copies {
  /** In the order of their indices. */
  #known: Known[] = []
  #machines = 0
  /** By the method of a command: what it has asked of its machine. */
  readonly #asked = new Map<string, Set<Asked>>()

  constructor(
    private readonly world: World,
    private readonly className: string,
    /** Called after each command, with the copy that it ran on. Throws what is wrong. */
    private readonly check: (copy: object, where: string, call: string | undefined) => void,
  ) {}

  /** To be asked for at each start of the node. */
  watch(node: SimulatedNode): Watchdog {
    return new Watch(node, this, new OwnMachine(++this.#machines, () => this.#wallOf(node)))
  }

  /** What is wrong with a node's results, with the command's name. */
  otherResults({ replica, index }: OtherResults): BrokenRule {
    return this.#differs(replica.raft, index, 'it answers otherwise', [])
  }

  /** Once all have applied all: what watchers are told must be the same at each. @throws BrokenRule */
  demandSameEvents(replicas: readonly Replica[]): void {
    const [first, ...others] = replicas
    if (first === undefined) return
    const told = toldOf(first)
    for (const { raft, machine } of others) {
      const events = toldOf({ machine })
      for (const [index, text] of told)
        if ((events.get(index) ?? text) !== text)
          throw this.#differs(
            raft,
            index,
            `it tells watchers ${events.get(index)}, and elsewhere ${text}`,
            [],
          )
    }
  }

  /** What commands have asked of their machines, as the end of a sentence. */
  get suspicion(): string {
    const asked = [...this.#asked].flatMap(([method, all]) =>
      [...all].map((each) => ` ${method}: ${WAY_OUT[each]}`),
    )
    return asked.length === 0 ? '' : ` (of ${asked.join('; of ').trim()})`
  }

  /** Something is wrong: the first one ends the run. */
  tell(error: unknown): void {
    this.world.fail(error)
  }

  /** Before a method runs. `isKnown`: the copy has run another one before. */
  demandUnchanged(node: SimulatedNode, copy: object, index: number, isKnown: boolean): void {
    const before = this.#known.findLast((each) => each.index < index)
    const state = this.stateOf(copy)
    if (before === undefined) {
      this.#known.unshift({ index: 0, state, content: contentOf(copy), node: node.id })
      return
    }
    if (before.state === state) return
    const up = `up to entry ${before.index}`
    const both = `${contentOf(copy)}, and was ${before.content} at ${before.node}`
    const { className } = this
    throw new BrokenRule(
      isKnown
        ? `${className} was changed outside of its commands: at ${node.id} it is ${both}, ${up}. Keep timers, promises and what else lives outside away from its fields`
        : `the snapshot of ${className} does not bring it back as it was: ${node.id} comes to other results than the others, ${up}: it is ${both}`,
      this.#callAt(node.replica, before.index),
    )
  }

  /** `method` has asked its machine for that. */
  hasAsked(method: string, asked: ReadonlySet<Asked>): void {
    if (asked.size > 0) this.#asked.set(method, new Set([...(this.#asked.get(method) ?? []), ...asked]))
  }

  demandSame(node: SimulatedNode, copy: object, index: number, asked: readonly Asked[]): void {
    const { replica } = node
    if (replica === undefined) return
    const state = this.stateOf(copy)
    const call = this.#callAt(replica, index)
    const known = this.#known.findLast((each) => each.index <= index)
    if (known === undefined || known.index < index)
      this.#add({ index, state, content: contentOf(copy), node: node.id, call })
    else if (known.state !== state) {
      const states = `${known.node} has ${known.content}, and ${node.id} has ${contentOf(copy)}`
      throw this.#differs(replica.raft, index, states, asked)
    }
    this.check(copy, `at ${node.id}, after entry ${index}`, call)
  }

  demandQuery(copy: object, before: string, method: string): void {
    if (this.stateOf(copy) === before) return
    throw new BrokenRule(
      `${this.className}.${method} is a query, and changes the object: make it a command`,
      method,
    )
  }

  /** @throws BrokenRule when it can't be seen */
  stateOf(copy: object): string {
    try {
      const snapshot = methodOf(copy, 'snapshot')
      if (snapshot === undefined) return JSON.stringify([...fieldChunks(copy)])
      const chunks = Reflect.apply(snapshot, copy, []) as Iterable<unknown>
      // The order of its chunks is the class's own business.
      return `[${[...chunks].map(canonicalText).sort().join()}]`
    } catch (error) {
      throw new BrokenRule(`no snapshot of ${this.className} can be taken: ${String(error)}`)
    }
  }

  #differs(raft: Replica['raft'], index: number, how: string, asked: readonly Asked[]): BrokenRule {
    const known = this.#known.find((each) => each.index === index)?.call
    const call = known ?? this.#callAt({ raft }, index) ?? 'a command'
    const [method = call] = call.split(' ')
    const why = asked.map((each) => `; ${WAY_OUT[each]}`).join('')
    return new BrokenRule(
      `${this.className}.${method} does not do the same everywhere: ${raft.view.id} comes to other results than the others, up to entry ${index}: ${how}${why}`,
      `${call} (entry ${index} of the log)`,
    )
  }

  #callAt(replica: Pick<Replica, 'raft'> | undefined, index: number): string | undefined {
    const entry = replica?.raft.entries(logIndex(index), logIndex(index))[0]
    return entry?.kind === 'command' ? callText(decodeCommand(entry.data)) : undefined
  }

  #add(known: Known): void {
    this.#known.push(known)
    this.#known.sort((a, b) => a.index - b.index)
  }

  #wallOf(node: SimulatedNode): number {
    return node.process.life?.clock.wall() ?? 0
  }
}

/** By the index of the command that has emitted them. */
function toldOf({ machine }: Pick<Replica, 'machine'>): ReadonlyMap<number, string> {
  const told = new Map<number, string>()
  for (const { index, object, topic, text } of machine.events.after(0)) {
    const before = told.has(index) ? `${told.get(index)}, ` : ''
    if (object === SUBJECT) told.set(index, `${before}${JSON.stringify(topic)} ${text}`)
  }
  return told
}

/** One node's, for one life of it. */
class Watch implements Watchdog {
  #names: string[] = []
  #isOpen = false
  #before: string | undefined
  #copy: object | undefined
  #method = ''
  #index = 0

  constructor(
    private readonly node: SimulatedNode,
    private readonly copies: Copies,
    private readonly machine: OwnMachine,
  ) {}

  enrol(name: string): number {
    if (!this.#names.includes(name)) this.#names.push(name)
    return this.#names.indexOf(name) + 1
  }

  started(method: number, index: number): void {
    const name = this.#names[method - 1] ?? ''
    const copy = this.node.replica?.machine.instanceOf(SUBJECT)
    this.#isOpen = name.startsWith(`${SUBJECT}.`) && copy !== undefined
    if (!this.#isOpen || copy === undefined) return
    this.#method = name.slice(SUBJECT.length + 1)
    this.#index = index
    const isKnown = this.#copy === copy
    this.#copy = copy
    this.#attempt(() => {
      if (index === 0) this.#before = this.copies.stateOf(copy)
      else this.copies.demandUnchanged(this.node, copy, index, isKnown)
    })
    if (index > 0) this.machine.begin()
  }

  ended(): void {
    const copy = this.#copy
    if (!this.#isOpen || copy === undefined) return
    this.#isOpen = false
    if (this.#index > 0) this.machine.end()
    this.copies.hasAsked(this.#method, this.machine.asked)
    this.#attempt(() => {
      if (this.#index > 0) this.copies.demandSame(this.node, copy, this.#index, [...this.machine.asked])
      else this.copies.demandQuery(copy, this.#before ?? '', this.#method)
    })
  }

  #attempt(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.copies.tell(error)
    }
  }
}
