/** Another member, with an empty folder and an id of its own, in the place of one whose folder is lost. */
import { GONE_ALREADY, PatientCommands } from '../../harness/patient-commands.js'
import type { Fleet } from '../../harness/fleet.js'
import { isReady } from './faults/processes.js'
import type { Outages } from './outages.js'
import type { Stage } from './stage.js'

export interface ReplacementOptions {
  readonly stage: Stage
  readonly fleet: Fleet
  readonly outages: Outages
  readonly say: (sentence: string) => void
}

/** A member that is down does not hear that it is out. */
const FAREWELL_MS = 0

export class Replacement {
  readonly #options: ReplacementOptions
  readonly #commands: PatientCommands
  #lastId: number

  constructor(options: ReplacementOptions) {
    this.#options = options
    this.#commands = new PatientCommands(options.say)
    this.#lastId = options.fleet.members.length
  }

  /** First out, then in: two of four voters could be lost otherwise. */
  async replace(id: string): Promise<void> {
    const { stage, fleet, say } = this.#options
    const left = fleet.members.filter((member) => member !== id)
    await this.#change(left, () => stage.run(left, 'remove-node', id), GONE_ALREADY)
    await fleet.retire(id, FAREWELL_MS)
    await stage.vacate(id)

    const newcomer = `node${++this.#lastId}`
    const uri = await stage.newcomer(newcomer, left)
    const [host = '', port = ''] = uri.slice(uri.indexOf('@') + 1).split(':')
    const process = stage.startNode(newcomer)
    await isReady(process)
    const add = () => stage.run(left, 'add', newcomer, '--host', host, '--port', port)
    await this.#change([...left, newcomer], add)
    fleet.has(newcomer, process)
    say(`${newcomer} has taken the place of ${id}`)
  }

  async end(): Promise<void> {
    await this.#commands.end()
  }

  async #change(
    after: readonly string[],
    command: Parameters<PatientCommands['untilDone']>[0],
    isDone?: RegExp,
  ): Promise<void> {
    const { fleet, outages } = this.#options
    fleet.changing(after)
    outages.update()
    await this.#commands.untilDone(command, isDone)
    fleet.changed()
    outages.update()
  }
}
