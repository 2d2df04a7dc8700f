/** Carries the members' messages: late, out of order, twice, or not at all. */
import type { Json } from '../../lib/json.js'
import type { Request, ServerId } from '../../lib/raft/types.js'
import { helloToJson, judge, readHello } from '../../lib/replica/hello.js'
import { readResponse, requestToJson } from '../../lib/replica/messages.js'
import type { LinkHooks, PeerLinks } from '../../lib/replica/peers.js'
import type { CallContext } from '../../lib/rpc/host.js'
import type { Member } from './member.js'
import type { World } from './world.js'

export interface NetworkFaults {
  readonly meanDelayMs: number
  readonly lossPerMille: number
  readonly duplicatePerMille: number
}

/** After this long without an answer a request counts as lost. */
const TIMEOUT_MS = 600

export class Network {
  readonly cuts = new Set<string>()
  faults: NetworkFaults

  constructor(
    private readonly world: World,
    private readonly member: (id: ServerId) => Member | undefined,
    faults: NetworkFaults,
  ) {
    this.faults = faults
  }

  links(from: Member, hooks: LinkHooks): PeerLinks {
    let closed = false
    return {
      close: () => (closed = true),
      send: (to, message) => {
        if (!closed) this.#exchange(from, hooks, to, message)
      },
    }
  }

  #exchange(from: Member, hooks: LinkHooks, to: ServerId, message: Request): void {
    const life = () => from.running?.hooks === hooks
    let answered = false
    const text = JSON.stringify(requestToJson(message))
    this.#carry(from.id, to, message.type, () =>
      this.#serve(from, hooks, to, message.type, text, (answer) => {
        if (!life() || answered) return
        answered = true
        hooks.take(answer)
      }),
    )
    this.world.after(TIMEOUT_MS, () => {
      if (answered || !life()) return
      answered = true
      hooks.take({ type: 'peerUnreachable', peer: to })
    })
  }

  #serve(
    from: Member,
    hooks: LinkHooks,
    to: ServerId,
    type: Request['type'],
    text: string,
    answer: LinkHooks['take'],
  ): void {
    const target = this.member(to)
    const running = target?.running
    if (target === undefined || running === undefined) return
    if (running.life.pausedUntil > this.world.now) {
      return running.life.after(0, () => this.#serve(from, hooks, to, type, text, answer))
    }
    const call = (method: string, params: readonly Json[], context: CallContext) =>
      running.replica.member.methods.get(method)?.handler(params, context)
    try {
      const context = {
        connection: { kind: 'lines', remote: from.id },
        meta: {},
        deadline: undefined,
      } as const
      const other = readHello(call('hello', [helloToJson(hooks.hello())], context))
      judge(other, hooks.hello(), hooks.view())
      const reply = (json: unknown) =>
        this.#carry(to, from.id, `${type}Response`, () =>
          answer({
            type: 'response',
            from: to,
            incarnation: other.incarnation,
            message: readResponse(type, json),
          }),
        )
      Promise.resolve(call(type, [JSON.parse(text)], context)).then(reply, () => undefined)
    } catch (error) {
      this.world.note(`${to} refuses ${type} of ${from.id}: ${String(error)}`)
    }
  }

  #carry(from: ServerId, to: ServerId, what: string, deliver: () => void): void {
    const { dice } = this.world
    const { lossPerMille, duplicatePerMille, meanDelayMs } = this.faults
    const copies = dice.chance(lossPerMille) ? 0 : dice.chance(duplicatePerMille) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      this.world.after(dice.delay(meanDelayMs), () => {
        if (this.cuts.has(`${from}>${to}`)) return
        this.world.note(`${from} > ${to} ${what}`)
        deliver()
      })
    }
  }
}
