/**
 * What is found out before a call can be sent: where it goes, what its object's process says of it, and, where that
 * makes it a command, its identity. Nothing of the call has been sent when this fails.
 */
import type { Call } from './call.js'
import { SESSION_OBJECT, type CommandSessions } from './command-sessions.js'
import type { Description, Descriptions } from './descriptions.js'
import { InvalidParamsError, MethodNotFoundError, NameNotFoundError } from '../errors.js'
import { noSuchMethod } from '../no-such-method.js'
import { nobodyLeads } from './not-sent.js'
import { callNameOf, nameOf } from './target.js'
import type { Destination, Ways } from './ways.js'

export interface PreparationOptions {
  readonly ways: Ways
  readonly descriptions: Descriptions
  readonly sessions: CommandSessions
}

/** Objects of each process that are what they are: no command of theirs goes in a session. */
const BUILT_IN: ReadonlySet<string> = new Set(['daemon', SESSION_OBJECT])

export class Preparation {
  readonly #options: PreparationOptions

  constructor(options: PreparationOptions) {
    this.#options = options
  }

  /** Where the call goes, once it is known what it is. */
  async prepare(call: Call): Promise<Destination> {
    const { ways, descriptions } = this.#options
    const destination = ways.to(await call.route.next(), call.target)
    const { objectId, connection } = destination
    const isKnown = call.isHarmless || call.isQuery || BUILT_IN.has(objectId)
    if (isKnown && call.whyTagged === undefined) return destination
    const known = descriptions.known(objectId, call.method, connection)
    const said = known ?? (await this.describe(call, destination))
    if (!call.route.isOther) descriptions.learn(call.target, said)
    // It has moved there since it was asked.
    if (call.cluster !== undefined && said.cluster !== call.cluster) throw nobodyLeads()
    call.isUnlisted = said.methods.size > 0 && !said.methods.has(call.method)
    demandTags(call, said)
    const kind = said.methods.get(call.method)?.kind
    call.isQuery = kind === 'query'
    call.isCommand = kind === 'command'
    if (call.isCommand && !call.isIdentified)
      await this.#options.sessions.identify(call, said.cluster, connection)
    return destination
  }

  /** Asks anew. @throws MethodNotFoundError, with a cause, when there is no such object. */
  async describe(call: Call, { objectId, connection }: Destination): Promise<Description> {
    try {
      return await this.#options.descriptions.of(objectId, connection)
    } catch (cause) {
      if (!(cause instanceof NameNotFoundError)) throw cause
      throw new MethodNotFoundError(`${callNameOf(call)}: ${cause.message}`, { cause })
    }
  }
}

/** @throws where params with tags would not be understood: MethodNotFoundError, or else InvalidParamsError. */
function demandTags(call: Call, said: Description): void {
  const { target, method, whyTagged } = call
  if (whyTagged === undefined) return
  if (call.isUnlisted)
    throw new MethodNotFoundError(noSuchMethod(nameOf(target), method, [...said.methods.keys()]))
  if (said.methods.get(method)?.tags !== undefined || call.goesWithoutTags()) return
  const kind = said.methods.get(method)?.kind
  const isReplicated = kind === 'command' || kind === 'query'
  const who = isReplicated ? 'a replicated object' : 'this method'
  const sentence = `${whyTagged} (${who} takes JSON alone)`
  throw new InvalidParamsError(`${callNameOf(call)}: ${sentence}; the call was not sent`)
}
