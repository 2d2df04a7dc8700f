/** Changes the members all the time, by the commands that an operator types. */
import { join } from 'node:path'
import type { Cluster } from '../../harness/cluster.js'
import type { Fleet } from '../../harness/fleet.js'
import { BackgroundProcess } from '../../harness/node-process.js'
import { freePort } from '../../harness/operator.js'
import { GONE_ALREADY, PatientCommands } from '../../harness/patient-commands.js'
import type { Running } from '../../harness/processes.js'
import type { Dice } from '../../raft/dice.js'

export interface OperatorOptions {
  readonly cluster: Cluster
  readonly fleet: Fleet
  readonly dice: Dice
  /** For the nodes that it adds. */
  readonly flags: readonly string[]
  readonly say: (sentence: string) => void
}

const SMALL = 3
const LARGE = 5
/** A member that is removed while it is up hears of it, and ends. Milliseconds until it is ended. */
const FAREWELL_MS = 5000

export class Operator {
  added = 0
  removed = 0
  handedOver = 0
  /** Removed members that ended by themselves. */
  left = 0
  readonly #options: OperatorOptions
  readonly #commands: PatientCommands
  #meeting: Promise<void> = Promise.resolve()
  #lastId: number

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#commands = new PatientCommands(options.say)
    this.#lastId = options.fleet.members.length
  }

  /** From three members to five and back; then another one in the place of each that was there before. */
  async renew(): Promise<void> {
    const { fleet, dice } = this.#options
    const old = fleet.members
    while (fleet.members.length < LARGE) await this.#add()
    await this.#handOver()
    while (fleet.members.length > SMALL) await this.#remove(dice.pick(fleet.members))
    for (const id of old) if (fleet.members.includes(id)) await this.replace(id)
  }

  /** Another one in the place of this member. */
  async replace(id: string): Promise<void> {
    await this.#add()
    if (this.#options.dice.below(2) === 0) await this.#handOver()
    await this.#remove(id)
  }

  /** Times that a command failed and had to be given again. */
  get repeated(): number {
    return this.#commands.repeated
  }

  /** No command is given any more, and no node that a command has started is unknown to the fleet. */
  async stop(): Promise<void> {
    await this.#commands.end(this.#meeting)
  }

  async #add(): Promise<void> {
    const { cluster, fleet, flags, say } = this.#options
    const id = `node${++this.#lastId}`
    const port = await freePort()
    fleet.changing([...fleet.members, id])
    await this.#commands.untilDone(() => {
      const command = cluster.run('add', id, '--port', port, ...flags)
      this.#meeting = this.#meet(id, command)
      return command
    })
    fleet.changed()
    this.added++
    say(`added ${id}`)
  }

  /**
   * The node that the command has started can be killed as soon as it runs, unless somebody was quicker to start it.
   */
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
    await this.#commands.untilDone(() => cluster.run('remove-node', id), GONE_ALREADY)
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
    const { status, stderr } = await this.#commands.once(() => cluster.run('transfer', id))
    if (status === 0) this.handedOver++
    say(status === 0 ? `handed over to ${id}` : `no hand-over to ${id}: ${stderr.trim()}`)
  }
}
