/** Changes the members all the time, by the commands that an operator types. */
import { join } from 'node:path'
import type { Cluster } from '../../harness/cluster.js'
import type { Output, Running } from '../../harness/processes.js'
import type { Dice } from '../../raft/dice.js'
import type { Fleet } from './fleet.js'
import { BackgroundProcess } from './node-process.js'
import type { Ports } from './ports.js'

export interface OperatorOptions {
  readonly cluster: Cluster
  readonly fleet: Fleet
  readonly ports: Ports
  readonly dice: Dice
  /** For the nodes that it adds. */
  readonly flags: readonly string[]
  readonly say: (sentence: string) => void
}

const SMALL = 3
const LARGE = 5
/** A member that is removed while it is up hears of it, and ends. Milliseconds until it is ended. */
const FAREWELL_MS = 5000

/** What a command may fail with while nodes are killed; it is given again then. */
const PASSING =
  /^error: (?:UNREACHABLE|NO_QUORUM|NOT_LEADER|OVERLOADED|OUTCOME_UNKNOWN|START_FAILED|NAME_NOT_FOUND): /m
const GONE_ALREADY = /^error: INVALID_PARAMS: there is no member /m

export class Operator {
  added = 0
  removed = 0
  handedOver = 0
  /** Times that a command failed and had to be given again. */
  repeated = 0
  /** Removed members that ended by themselves. */
  left = 0
  readonly #options: OperatorOptions
  #command: Running | undefined
  #meeting: Promise<void> = Promise.resolve()
  #isOver = false
  #lastId: number

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#lastId = options.fleet.members.length
  }

  /** From three members to five and back; then another one in the place of each that was there before. */
  async renew(): Promise<void> {
    const { fleet, dice } = this.#options
    const old = fleet.members
    while (fleet.members.length < LARGE) await this.#add()
    await this.#handOver()
    while (fleet.members.length > SMALL) await this.#remove(dice.pick(fleet.members))
    for (const id of old) {
      if (!fleet.members.includes(id)) continue
      await this.#add()
      if (dice.below(2) === 0) await this.#handOver()
      await this.#remove(id)
    }
  }

  /** No command is given any more, and no node that a command has started is unknown to the fleet. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#meeting
    await this.#command?.kill()
  }

  async #add(): Promise<void> {
    const { cluster, fleet, ports, flags, say } = this.#options
    const id = `node${++this.#lastId}`
    const port = String(await ports.next())
    fleet.changing([...fleet.members, id])
    await this.#untilDone(() => {
      const command = cluster.run('add', id, '--port', port, ...flags)
      this.#meeting = this.#meet(id, command)
      return command
    })
    fleet.changed()
    this.added++
    say(`added ${id}`)
  }

  /** The node that the command has started can be killed as soon as it runs, unless somebody was quicker to start it. */
  async #meet(id: string, command: Running): Promise<void> {
    const { cluster, fleet } = this.#options
    const started = new RegExp(`^${id} runs as process (\\d+) and logs to (.+)$`, 'm')
    const isStarted = await command.says(started).then(
      () => true,
      () => false,
    )
    const [, pid, logFile = ''] = started.exec(command.stderr) ?? []
    if (isStarted && !fleet.isUp(id))
      fleet.has(id, new BackgroundProcess(Number(pid), join(cluster.folder, logFile)))
  }

  async #remove(id: string): Promise<void> {
    const { cluster, fleet, say } = this.#options
    fleet.changing(fleet.members.filter((member) => member !== id))
    await this.#untilDone(() => cluster.run('remove-node', id), GONE_ALREADY)
    fleet.changed()
    this.removed++
    const left = await fleet.retire(id, FAREWELL_MS)
    if (left) this.left++
    say(`removed ${id}${left ? '' : ', which had to be ended'}`)
  }

  /** Whoever is asked to lead may be down or be killed: a hand-over that fails changes nothing. */
  async #handOver(): Promise<void> {
    const { cluster, fleet, dice, say } = this.#options
    const id = dice.pick(fleet.members)
    const { status, stderr } = await this.#run(() => cluster.run('transfer', id))
    if (status === 0) this.handedOver++
    say(status === 0 ? `handed over to ${id}` : `no hand-over to ${id}: ${stderr.trim()}`)
  }

  /** `isDone`: what the command says when an attempt before, of which nobody knew, has done it. */
  async #untilDone(start: () => Running, isDone?: RegExp): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { status, stderr } = await this.#run(start)
      if (status === 0 || (attempt > 1 && isDone?.test(stderr) === true)) return
      if (!PASSING.test(stderr)) throw new Error(`a change of members was refused: ${stderr}`)
      this.repeated++
      this.#options.say(`again: ${stderr.trim()}`)
    }
  }

  #run(start: () => Running): Promise<Output> {
    if (this.#isOver) throw new Error('the operator has gone home')
    this.#command = start()
    return this.#command.ended
  }
}
