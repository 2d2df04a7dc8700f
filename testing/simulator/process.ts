/**
 * One process of a simulated world, on a machine of its own: one life after another of the same program, on one disk.
 * The program is what ships; the ports that it is given are the world's.
 */
import type { HostPorts } from '../../lib/hosting/ports.js'
import type { Logger } from '../../lib/ports.js'
import { ms } from '../../lib/ports.js'
import { calmDisk, SimulatedDisk } from './disk-faults.js'
import type { DiskFaults } from './disk-faults.js'
import { Life } from './life.js'
import type { Endpoint, Network } from './network.js'
import type { World } from './world.js'

/** What a process runs, from its start until it is stopped in good order. */
export interface Program {
  stop(): Promise<void>
  /** Resolves when it can't go on. The process then stops it, and ends. Default: it always can. */
  readonly failed?: Promise<Error>
}

export interface ProcessOptions<Running extends Program> {
  readonly world: World
  readonly network: Network
  readonly name: string
  /** Several of them, as the account of a run calls them: `clients`. */
  readonly kind: string
  /** A member of the cluster: see {@link Endpoint}. Default false. */
  readonly isMember?: boolean
  /** Resolves when the program runs. What it rejects with ends the process, as an exit code does. */
  readonly program: (ports: ProcessPorts) => Promise<Running>
  /** Told at once of every end but those that the story has willed: a program that could not start, or can't go on. */
  readonly failed?: (error: Error) => void
  /** How far its clock is off. Parts per million, default 0. */
  readonly driftPpm?: number
}

/** Everything that a program may ask of the world. */
export interface ProcessPorts extends HostPorts {
  readonly logger: Logger
}

/** How long a program that can't go on has for its tidy end. As in lib/system/service.ts, milliseconds. */
const TIDY_END_MS = 5000

export class SimulatedProcess<Running extends Program = Program> implements Endpoint {
  readonly name: string
  readonly isMember: boolean
  life: Life | undefined
  isDark = false
  /** The program, once it has started. */
  running: Running | undefined
  disk: SimulatedDisk
  /** What is wrong with the disk, from now on. */
  diskFaults: DiskFaults = calmDisk
  readonly #options: ProcessOptions<Running>

  constructor(options: ProcessOptions<Running>) {
    this.#options = options
    this.name = options.name
    this.isMember = options.isMember ?? false
    this.disk = this.#emptyDisk()
  }

  get isDown(): boolean {
    return this.life === undefined
  }

  /** Harmless while it runs. */
  start(): void {
    if (this.life !== undefined) return
    const { world, network, program, driftPpm = 0 } = this.#options
    world.note(`${this.name} starts`)
    const speaksTextAlone = this.isMember && world.dice.chance(TEXT_ALONE_PER_MILLE)
    const life = new Life(world, { driftPpm, speaksTextAlone })
    this.life = life
    this.isDark = false
    if (speaksTextAlone) this.#strike('starts in text alone')
    const ports: ProcessPorts = {
      transport: network.transportOf(this, life),
      clock: life.clock,
      random: life.random,
      logger: traced(world, this.name),
      claimFolder: () => Promise.resolve({ disk: this.disk, release: () => Promise.resolve() }),
      startWatchdog: () => UNWATCHED,
      watchDelay: () => () => ms(0),
    }
    program(ports).then(
      (running) => this.#started(life, running),
      (thrown: unknown) => this.#couldNotStart(life, asError(thrown)),
    )
  }

  /** The machine loses power: what was not synced may be lost, and nobody at the other ends hears of it. */
  losePower(): void {
    this.#strike('power failures')
    this.#end('loses power', true, () => this.#loseUnsynced())
  }

  /** As by SIGKILL: the machine lives on, so all that was written stays, and connections are reset. */
  kill(): void {
    this.#strike('kills')
    this.#end('is killed', false, () => this.disk.kill())
  }

  /** One of the two. */
  crash(): void {
    if (this.#options.world.dice.chance(300)) this.kill()
    else this.losePower()
  }

  /** As by SIGTERM. Resolves when it has ended, or was ended otherwise. */
  async stop(): Promise<void> {
    const { life, running } = this
    if (running === undefined || life === undefined) {
      this.kill()
      return
    }
    this.#options.world.note(`${this.name} is told to stop`)
    await this.#stop(running)
    if (this.life === life) this.#end('stops', false, () => this.disk.kill())
  }

  /** Stands still for so long, as after SIGSTOP. */
  pause(milliseconds: number): void {
    if (this.life === undefined) return
    this.#strike('pauses')
    this.#options.world.note(`${this.name} stands still for ${milliseconds} ms`)
    this.life.pause(milliseconds)
  }

  /** Somebody sets its clock on the wall: forward, or back when negative. */
  stepWall(milliseconds: number): void {
    if (this.life === undefined) return
    this.#strike('set clocks')
    this.life.stepWall(milliseconds)
  }

  /** Its folder is gone, and with it all that it has promised. To be called while it is down. */
  wipe(): void {
    this.#options.world.note(`${this.name} has lost its folder`)
    this.disk = this.#emptyDisk()
  }

  #emptyDisk(): SimulatedDisk {
    const { world } = this.#options
    return new SimulatedDisk({
      world,
      name: this.name,
      life: () => this.life,
      faults: () => this.diskFaults,
      crash: () => this.losePower(),
    })
  }

  #started(life: Life, running: Running): void {
    if (this.life !== life) return
    this.running = running
    void running.failed?.then((error) => this.#failed(life, running, error))
  }

  #couldNotStart(life: Life, error: Error): void {
    if (this.life !== life) return
    this.#options.failed?.(error)
    this.#endBecause(life, error)
  }

  /** As `runService` does it: what the program still has to write, it may write, within some time. */
  async #failed(life: Life, running: Running, error: Error): Promise<void> {
    if (this.life !== life) return
    this.#options.world.note(`${this.name} can't go on: ${error.message}`)
    this.#options.failed?.(error)
    life.after(TIDY_END_MS, () => this.#endBecause(life, error))
    await this.#stop(running)
    this.#endBecause(life, error)
  }

  #stop(running: Running): Promise<void> {
    return running
      .stop()
      .catch((error: unknown) => this.#options.world.note(`${this.name}: ${String(error)}`))
  }

  #endBecause(life: Life, error: Error): void {
    if (this.life === life) this.#end(`ends: ${error.message}`, false, () => this.disk.kill())
  }

  #loseUnsynced(): void {
    const { world } = this.#options
    if (this.disk.crash(world.dice) > 0) world.strike('power failures that lost writes')
  }

  /** One more of what may befall a process that runs. */
  #strike(what: string): void {
    const { world, kind } = this.#options
    if (this.life !== undefined) world.strike(`${what} of ${kind}`)
  }

  #end(how: string, isDark: boolean, disk: () => void): void {
    const { life } = this
    if (life === undefined) return
    const { world, network } = this.#options
    world.note(`${this.name} ${how}`)
    life.end()
    this.life = undefined
    this.running = undefined
    this.isDark = isDark
    disk()
    network.ended(life, isDark)
  }
}

/** So often a member starts as if it were of a build that knows no frames: a rolling upgrade that goes back and forth. */
const TEXT_ALONE_PER_MILLE = 300

/** Virtual time does not pass inside a method, so none can run for too long. */
const UNWATCHED = {
  enrol: () => 0,
  started: () => undefined,
  ended: () => undefined,
  close: () => Promise.resolve(),
}

/** What a process logs is part of the story, but for what is there for debugging. */
function traced(world: World, name: string): Logger {
  const line = (sentence: string): void => world.note(`${name}: ${sentence}`)
  const logger: Logger = {
    debug: () => undefined,
    info: line,
    warn: line,
    error: line,
    with: () => logger,
  }
  return logger
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
