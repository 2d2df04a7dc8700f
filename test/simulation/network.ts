/** Carries the members' messages: late, out of order, twice, or not at all. */
import type { Json } from '../../lib/json.js'
import type { Incarnation, Request, ServerId } from '../../lib/raft/types.js'
import { helloToJson, judge, readHello } from '../../lib/replica/hello.js'
import { saysWiped } from '../../lib/replica/hello-refusals.js'
import { readResponse, requestToJson } from '../../lib/replica/messages.js'
import type { LinkHooks, PeerLinks } from '../../lib/replica/peers.js'
import { Whereabouts } from '../../lib/replica/whereabouts.js'
import { UnreachableError } from '../../lib/rpc/errors.js'
import type { CallContext } from '../../lib/rpc/host.js'
import type { Member, Running } from './member.js'
import type { World } from './world.js'

export interface NetworkFaults {
  readonly meanDelayMs: number
  readonly lossPerMille: number
  readonly duplicatePerMille: number
}

/** After this long without an answer a request counts as lost. */
const TIMEOUT_MS = 600

/** One question of one process, to whoever it believes to be at that address. */
interface Question {
  readonly from: Member
  readonly hooks: LinkHooks
  readonly to: ServerId
  readonly uri: string
  readonly method: string
  readonly params: readonly Json[]
}

type Reply = { readonly answer: Json; readonly incarnation: Incarnation } | { readonly error: unknown }

export class Network {
  readonly cuts = new Set<string>()
  faults: NetworkFaults

  constructor(
    private readonly world: World,
    private readonly members: () => readonly Member[],
    faults: NetworkFaults,
  ) {
    this.faults = faults
  }

  links(from: Member, hooks: LinkHooks): PeerLinks {
    let closed = false
    const whereabouts = new Whereabouts(hooks.view)
    const question = (to: ServerId, method: string, params: readonly Json[]): Question | undefined => {
      const uri = whereabouts.uriOf(to)
      if (closed || uri === undefined) return undefined
      return { from, hooks, to, uri, method, params }
    }
    return {
      close: () => (closed = true),
      moved: (id, uri) => whereabouts.moved(id, uri),
      send: (to, message) => {
        const asked = question(to, message.type, [requestToJson(message)])
        if (asked !== undefined) this.#send(asked, message.type)
      },
      ask: (to, method, params) => {
        const asked = question(to, method, params)
        return asked === undefined
          ? Promise.reject(new UnreachableError(`no address of ${to} is known`))
          : this.#ask(asked)
      },
    }
  }

  #send(question: Question, type: Request['type']): void {
    const { to, hooks } = question
    this.#exchange(question, (reply) => {
      if ('error' in reply) return hooks.take({ type: 'peerUnreachable', peer: to })
      const { incarnation, answer } = reply
      hooks.take({ type: 'response', from: to, incarnation, message: readResponse(type, answer) })
    })
  }

  #ask(question: Question): Promise<Json> {
    this.world.count(`asked ${question.method}`)
    return new Promise((resolve, reject) => {
      this.#exchange(question, (reply) => {
        if ('answer' in reply) resolve(reply.answer)
        else reject(reply.error instanceof Error ? reply.error : new Error(String(reply.error)))
      })
    })
  }

  /** Tells the asker, if it lives on, the first reply or that none has come. */
  #exchange(question: Question, tell: (reply: Reply) => void): void {
    const { from, hooks, to, uri, method } = question
    const text = JSON.stringify(question.params)
    let isOver = false
    const end = (reply: Reply) => {
      if (isOver || from.running?.hooks !== hooks) return
      isOver = true
      if ('error' in reply && saysWiped(reply.error, hooks.view())) hooks.ownFolderLost()
      tell(reply)
    }
    const back = (reply: Reply) => this.#carry(to, from.id, `${method}Response`, () => end(reply))
    this.#carry(from.id, to, method, () => {
      const target = this.members().find((member) => member.uri === uri)
      if (target?.running !== undefined) this.#serve(question, text, target.running, back)
    })
    this.world.after(TIMEOUT_MS, () => end({ error: new UnreachableError(`${to} does not answer`) }))
  }

  #serve(question: Question, text: string, target: Running, back: (reply: Reply) => void): void {
    const { from, to, hooks, method } = question
    const { life, replica } = target
    if (life.pausedUntil > this.world.now) {
      return life.after(0, () => this.#serve(question, text, target, back))
    }
    const call = (name: string, params: readonly Json[], context: CallContext) =>
      replica.member.methods.get(name)?.handler(params, context)
    const context = { connection: { kind: 'lines', remote: from.id }, meta: {}, deadline: undefined } as const
    const refuse = (error: unknown) => {
      this.world.note(`${to} refuses ${method} of ${from.id}: ${String(error)}`)
      back({ error })
    }
    try {
      const { incarnation } = greet(hooks, (hello) => call('hello', [hello], context))
      const params = JSON.parse(text) as readonly Json[]
      Promise.resolve(call(method, params, context)).then(
        (answer) => back({ answer: answer as Json, incarnation }),
        refuse,
      )
    } catch (error) {
      refuse(error)
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

/** Both sides judge, as over a connection. */
function greet(hooks: LinkHooks, say: (hello: Json) => unknown): { readonly incarnation: Incarnation } {
  const own = hooks.hello()
  const other = readHello(say(helloToJson(own)))
  judge(other, own, hooks.view())
  return other
}
