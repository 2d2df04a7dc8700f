/**
 * Whether anybody is at a place still. The system of a process that has ended, however it did, lets go of its
 * connections at once, and refuses who knocks where it listened: that says more than any silence, and sooner. Of a
 * machine that has gone nobody says anything.
 */
import type { Address, Clock, DialledChannel, Transport } from '../../ports.js'
import { ms } from '../../ports.js'
import { afterInput } from '../../rpc/deadlines.js'
import { formatAddress } from '../../rpc/uri.js'

export interface KnockOptions {
  readonly transport: Transport
  readonly clock: Clock
  /** How long an answer is waited for, and whether what was opened stays open. Milliseconds. */
  readonly patienceMs: number
}

/** Nobody listens on the port, or the file of the socket is gone. */
const REFUSALS: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOENT'])
/** Of a process that is just ending one may be let in, and left at once. */
const KNOCKS = 3

/** `left`: whoever opened is there no more. `unsaid`: it stays open, or nobody says anything. */
type Answer = 'refused' | 'left' | 'unsaid'

/** Knocks at places; however many ask of one meanwhile, once. */
export class Knocks {
  readonly #options: KnockOptions
  readonly #underWay = new Map<string, Promise<boolean>>()

  constructor(options: KnockOptions) {
    this.#options = options
  }

  /** As {@link isDeserted}. Never rejects. */
  isDeserted(place: Address): Promise<boolean> {
    const key = formatAddress(place)
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    const knock = isDeserted(place, this.#options)
      .catch(() => false)
      .finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, knock)
    return knock
  }
}

/** True only when nobody listens there. */
export async function isDeserted(place: Address, options: KnockOptions): Promise<boolean> {
  for (let knocks = 0; knocks < KNOCKS; knocks++) {
    const answer = await knock(place, options)
    if (answer !== 'left') return answer === 'refused'
  }
  return false
}

function knock(place: Address, { transport, clock, patienceMs }: KnockOptions): Promise<Answer> {
  return new Promise((resolve) => {
    const dialled: { channel?: DialledChannel } = {}
    const patience = afterInput(clock, ms(patienceMs), () => {
      dialled.channel?.destroy()
      resolve('unsaid')
    })
    dialled.channel = transport.dial(place, {
      opened: () => undefined,
      message: () => undefined,
      drained: () => undefined,
      closed: (reason) => {
        patience.cancel()
        resolve(isRefusal(reason) ? 'refused' : 'left')
      },
    })
  })
}

/** Of a host with several addresses each has refused: the error of all has the code of the first. */
function isRefusal(reason: unknown): boolean {
  if (reason instanceof AggregateError) return reason.errors.every(isRefusal)
  return reason instanceof Error && 'code' in reason && REFUSALS.has(reason.code)
}
