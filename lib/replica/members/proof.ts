/**
 * How members show each other that they have a token in common, without sending it: each side draws a number of its
 * own, and seals both, and who speaks to whom, with its token. Whoever only listens, or sends a seal on to somebody
 * else, or back, has nothing that is good for anything.
 *
 *     one    challenge()                        → {nonce}            the other's
 *            hello(hello, {nonce, seal})        → {…hello, seal}     one's own nonce, and its seal; the other's seal
 *
 * Whoever is greeted seals last, so that he who has no token learns nothing that could be tried against guesses.
 *
 * Both seal all of what they say, if both numbers begin with {@link WHOLE}; those of older builds do not, and seal only
 * who speaks. As the numbers are sealed, too, nobody in between can make two that know better believe that one is older.
 */
import { isObject, membersOf, type Json } from '../../json.js'
import type { Random, Secrets } from '../../ports.js'
import type { ServerId } from '../../raft/types.js'
import { MethodNotFoundError, UnauthorizedError } from '../../rpc/errors.js'
import type { ConnectionContext } from '../../rpc/exposed.js'
import type { RawCall, WhoIsThere } from '../../rpc/channels/connection-options.js'
import { fields, shortText } from '../guards/json-readers.js'
import { helloToJson, readHello, type Hello } from './hello.js'

export interface ProofOptions {
  readonly secrets: Secrets
  readonly random: Random
  /** Any of these is believed; the first one is one's own. */
  readonly tokens: () => readonly string[]
}

/** How whoever greets, or is greeted, shows that it is a member, where that is asked. */
export interface MemberDoor {
  /** By a token. Undefined: there is none. */
  readonly proof: Proof | undefined
  /** By the certificate of its connection, which the transport has proved. */
  readonly isMember: (connection: Pick<ConnectionContext, 'remote' | 'peerCertificate' | 'bearer'>) => boolean
  /** Something else once `isMember` may say something else. */
  readonly asOf: () => unknown
}

/** What has shown that somebody is a member. */
export interface Shown {
  /** Whether it counts still. Asked with each message: costs nothing while nothing has changed. */
  readonly isStill: () => boolean
  /** What the answer is sealed with, if anything. */
  readonly nonces?: Nonces
}

/** Who seals: whoever greets, or whoever is greeted. */
type Side = 'greets' | 'is greeted'

/** By which a number says that whoever has drawn it seals the whole of a hello. */
const WHOLE = '2.'

/** What a member says, as it goes over the line. */
interface Said {
  readonly by: Hello
  readonly json: Json
}

/** Both numbers, of whoever is greeted first. */
export interface Nonces {
  readonly greeted: string
  readonly greeting: string
}

export class Proof {
  /** The number that was given out on a connection: it is good for one hello. */
  readonly #given = new WeakMap<ConnectionContext, string>()

  constructor(private readonly options: ProofOptions) {}

  /** What is asked for before a hello. */
  challenge(connection: ConnectionContext): Json {
    const nonce = this.#draw()
    this.#given.set(connection, nonce)
    return { nonce }
  }

  /**
   * What the other one has shown, which has a token.
   * @throws UnauthorizedError when it has none
   */
  judge(other: Said, own: ServerId, said: Json | undefined, connection: ConnectionContext): Required<Shown> {
    const { id } = other.by
    const greeted = this.#given.get(connection)
    this.#given.delete(connection)
    const { nonce, seal } = membersOf(said)
    if (typeof nonce !== 'string' || typeof seal !== 'string' || greeted === undefined)
      throw unproved(id, own)
    const nonces = { greeted, greeting: shortText(nonce, 'a nonce') }
    const token = this.#sealedWith(seal, sealedText('greets', other, own, nonces))
    if (token === undefined) throw mistaken(id, own)
    return { nonces, isStill: this.#isStillGood(token) }
  }

  /** Of the answer to a hello. */
  answer(own: Said, to: ServerId, nonces: Nonces): string {
    return this.#seal(sealedText('is greeted', own, to, nonces))
  }

  /** Greets a member, which shows that it has a token, too. @throws UnauthorizedError when it does not */
  async greet(call: RawCall, to: ServerId, own: Hello): Promise<Greeted> {
    const greeting = this.#draw()
    const json = helloToJson(own)
    const { nonce } = fields(await asked(call, to, own.id), 'a challenge')
    const nonces = { greeted: shortText(nonce, 'a nonce'), greeting }
    const seal = this.#seal(sealedText('greets', { by: own, json }, to, nonces))
    const answer = await call(`${to}.hello`, [json, { nonce: greeting, seal }])
    const other = readHello(answer)
    const { seal: shown, ...rest } = membersOf(answer)
    if (typeof shown !== 'string') throw unproved(to, own.id)
    const token = this.#sealedWith(shown, sealedText('is greeted', { by: other, json: rest }, own.id, nonces))
    if (token === undefined) throw mistaken(to, own.id)
    return { hello: other, isStill: this.#isStillGood(token) }
  }

  #draw(): string {
    return `${WHOLE}${this.options.random.identifier()}`
  }

  #seal(text: string): string {
    const [own = ''] = this.options.tokens()
    return this.options.secrets.seal(own, text)
  }

  /** All are tried, whichever it is. Undefined: it is none of them. */
  #sealedWith(seal: string, text: string): string | undefined {
    const { tokens, secrets } = this.options
    return tokens().filter((token) => secrets.areSame(secrets.seal(token, text), seal))[0]
  }

  #isStillGood(token: string): () => boolean {
    const { tokens } = this.options
    return stillSo(tokens, () => tokens().includes(token))
  }
}

/** What a member has said of itself to this one, which greeted it. */
export interface Greeted {
  readonly hello: Hello
  /** Whether what it has shown counts still, as of {@link Shown}. Undefined: nothing was asked of it. */
  readonly isStill?: () => boolean
}

/** Judges whoever greets. @throws UnauthorizedError when it has not shown that it is a member */
export function judged(
  { proof, isMember, asOf }: MemberDoor,
  other: Said,
  own: ServerId,
  said: Json | undefined,
  connection: ConnectionContext,
): Shown {
  const isByToken = proof !== undefined && said !== undefined
  if (!isByToken && isMember(connection)) return { isStill: stillSo(asOf, () => isMember(connection)) }
  if (proof !== undefined) return proof.judge(other, own, said, connection)
  throw notListed(own, other.by.id)
}

/** Whom a hello is for, and who was found there. */
export interface Met extends WhoIsThere {
  readonly id: ServerId
}

/**
 * What that member says of itself, to one that shows, and demands, what it must. Undefined `door`: whoever is there is
 * believed.
 * @throws UnauthorizedError when it has not shown that it is a member
 */
export async function greeted(
  call: RawCall,
  { id: to, certificate }: Met,
  own: Hello,
  door: MemberDoor | undefined,
): Promise<Greeted> {
  const hello = async (): Promise<Hello> => readHello(await call(`${to}.hello`, [helloToJson(own)]))
  if (door === undefined) return { hello: await hello() }
  if (door.proof !== undefined) return door.proof.greet(call, to, own)
  const isMember = (): boolean => door.isMember({ remote: to, peerCertificate: certificate })
  // Before it is told anything.
  if (!isMember()) throw notListed(own.id, to)
  const isStill = stillSo(door.asOf, isMember)
  return { hello: await hello(), isStill }
}

/** What is so now, and is judged anew when `asOf` is something else. */
function stillSo(asOf: () => unknown, judge: () => boolean): () => boolean {
  let at = asOf()
  let isSo = true
  return () => {
    const now = asOf()
    if (now !== at) isSo = judge()
    at = now
    return isSo
  }
}

/** Of one member to one other, in one direction, in one cluster, on one connection. */
function sealedText(side: Side, { by, json }: Said, to: ServerId, { greeted, greeting }: Nonces): string {
  if (greeted.startsWith(WHOLE) && greeting.startsWith(WHOLE))
    return JSON.stringify(['rollcall member, whole', side, json, to, greeted, greeting], inOrder)
  const { cluster, clusterId, id, incarnation } = by
  return JSON.stringify(['rollcall member', side, cluster, clusterId, id, incarnation, to, greeted, greeting])
}

/** The same text for the same members, in whatever order they have come. */
function inOrder(_: string, value: unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}

async function asked(call: RawCall, to: ServerId, own: ServerId): Promise<Json> {
  try {
    return await call(`${to}.challenge`, [])
  } catch (error) {
    throw error instanceof MethodNotFoundError ? unproved(to, own) : error
  }
}

function unproved(id: ServerId, by: ServerId): UnauthorizedError {
  return new UnauthorizedError(
    `${by} speaks with members alone that show that they have a token, and ${id} does not: start ${id} with --token-file, ` +
      `in a build that has it`,
  )
}

function notListed(own: ServerId, other: ServerId): UnauthorizedError {
  return new UnauthorizedError(
    `${own} speaks with members alone whose certificates its --access-file lists as a member's, and that of ${other} is none`,
  )
}

function mistaken(id: ServerId, by: ServerId): UnauthorizedError {
  return new UnauthorizedError(
    `the token of ${id} is none of those that ${by} has: give both a --token-file with one in common`,
  )
}
