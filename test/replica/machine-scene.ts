/** State machines without a log: commands go in one after another, snapshots from one into the next. */
import type { Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import type { Clock, Logger } from '../../lib/ports.js'
import { logIndex, term } from '../../lib/raft/types.js'
import type { Capture } from '../../lib/replica/machine/capture.js'
import { encodeCommand } from '../../lib/replica/machine/command-text.js'
import type { CommandExtras } from '../../lib/replica/machine/command-text.js'
import type { CommandResult } from '../../lib/replica/objects/hosted.js'
import { LogTime } from '../../lib/replica/machine/log-time.js'
import { StateMachine } from '../../lib/replica/machine/machine.js'
import type { StateMachineOptions } from '../../lib/replica/machine/machine.js'
import type { ReplicatedSource } from '../../lib/replica/objects/marks.js'
import { silent } from './members.js'
import { outcomeOf } from './outcome.js'

class SetClock implements Clock {
  mono = 0
  real = 10_000_000
  /** How often somebody let others go first. */
  breaths = 0
  now = () => ms(this.mono)
  wall = () => ms(this.real)
  after = () => ({ cancel: () => undefined })
  soon = (task: () => void) => {
    this.breaths += 1
    queueMicrotask(task)
  }
  pass(time: number): void {
    this.mono += time
    this.real += time
  }
}

/** One replica's state machine, which runs commands as they come from the log. */
export class Scene {
  readonly clock = new SetClock()
  readonly time = new LogTime(this.clock)
  readonly machine: StateMachine
  #index = 0

  constructor(
    objects: Readonly<Record<string, ReplicatedSource>>,
    logger: Logger = silent,
    extras: Pick<StateMachineOptions, 'skips' | 'watchdog'> = {},
  ) {
    const sources = new Map(Object.entries(objects))
    this.machine = new StateMachine({
      sources,
      time: this.time,
      clock: this.clock,
      logger,
      patience: ms(75),
      ...extras,
    })
  }

  command(object: string, method: string, ...params: Json[]): CommandResult | undefined {
    return this.commandWith({}, object, method, ...params)
  }

  commandWith(
    extras: CommandExtras,
    object: string,
    method: string,
    ...params: Json[]
  ): CommandResult | undefined {
    const time = 5000 + this.#index
    const data = encodeCommand({ object, method, params, time, seed: 7, extras })
    this.#index += 1
    const entry = { kind: 'command', index: logIndex(this.#index), term: term(3), data } as const
    const result = this.machine.apply(entry, true)
    return result && outcomeOf(result)
  }

  query(object: string, method: string, ...params: Json[]): Json {
    return this.machine.query(object, method, params)
  }

  /** Goes on where the snapshot stood. */
  async restore(texts: readonly string[], index: number): Promise<void> {
    await this.machine.restore(inPieces(texts))
    this.#index = index
  }

  snapshot(): string[] {
    return rest(this.machine.capture())
  }
}

export function rest(capture: Capture): string[] {
  const texts: string[] = []
  for (let text = capture.next(); text !== undefined; text = capture.next()) texts.push(text)
  return texts
}

async function* inPieces(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text)
}
