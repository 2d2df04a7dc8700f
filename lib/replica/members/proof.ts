/**
 * How members show each other that they have a token in common, without sending it: each side draws a number of its
 * own, and seals both, and who speaks to whom, with its token. Whoever only listens, or sends a seal on to somebody
 * else, or back, has nothing that is good for anything.
 *
 *     one    challenge()                        → {nonce}            the other's
 *            hello(hello, {nonce, seal})        → {…hello, seal}     one's own nonce, and its seal; the other's seal
 *
 * Whoever is greeted seals last, so that he who has no token learns nothing that could be tried against guesses.
 */
import { membersOf, type Json } from '../../json.js'
import type { Random, Secrets } from '../../ports.js'
import type { ServerId } from '../../raft/types.js'
import { MethodNotFoundError, UnauthorizedError } from '../../rpc/errors.js'
import type { ConnectionContext } from '../../rpc/exposed.js'
import type { RawCall } from '../../rpc/channels/connection-options.js'
import { fields, shortText } from '../guards/json-readers.js'
import { helloToJson, readHello, type Hello } from './hello.js'

export interface ProofOptions {
  readonly secrets: Secrets
  readonly random: Random
  /** Any of these is believed; the first one is one's own. */
  readonly tokens: () => readonly string[]
}

/** How whoever greets shows that it is a member, where that is asked. */
export interface MemberDoor {
  /** By a token. Undefined: there is none. */
  readonly proof: Proof | undefined
  /** By the certificate of its connection, which the transport has proved. */
  readonly isMember: (connection: ConnectionContext) => boolean
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
    const nonce = this.options.random.identifier()
    this.#given.set(connection, nonce)
    return { nonce }
  }

  /**
   * What the other one has shown, which has a token.
   * @throws UnauthorizedError when it has none
   */
  judge(other: Hello, own: ServerId, said: Json | undefined, connection: ConnectionContext): Required<Shown> {
    const greeted = this.#given.get(connection)
    this.#given.delete(connection)
    const { nonce, seal } = membersOf(said)
    if (typeof nonce !== 'string' || typeof seal !== 'string' || greeted === undefined)
      throw unproved(other.id, own)
    const nonces = { greeted, greeting: shortText(nonce, 'a nonce') }
    const token = this.#sealedWith(seal, sealedText('greets', other, own, nonces))
    if (token === undefined) throw mistaken(other.id, own)
    return { nonces, isStill: this.#isStillGood(token) }
  }

  /** Of the answer to a hello. */
  answer(own: Hello, to: ServerId, nonces: Nonces): string {
    return this.#seal(sealedText('is greeted', own, to, nonces))
  }

  /** Greets a member, which shows that it has a token, too. @throws UnauthorizedError when it does not */
  async greet(call: RawCall, to: ServerId, own: Hello): Promise<Greeted> {
    const greeting = this.options.random.identifier()
    const { nonce } = fields(await asked(call, to, own.id), 'a challenge')
    const nonces = { greeted: shortText(nonce, 'a nonce'), greeting }
    const seal = this.#seal(sealedText('greets', own, to, nonces))
    const answer = await call(`${to}.hello`, [helloToJson(own), { nonce: greeting, seal }])
    const other = readHello(answer)
    const shown = fields(answer, 'hello')['seal']
    if (typeof shown !== 'string') throw unproved(to, own.id)
    const token = this.#sealedWith(shown, sealedText('is greeted', other, own.id, nonces))
    if (token === undefined) throw mistaken(to, own.id)
    return { hello: other, isStill: this.#isStillGood(token) }
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
  other: Hello,
  own: ServerId,
  said: Json | undefined,
  connection: ConnectionContext,
): Shown {
  const isByToken = proof !== undefined && said !== undefined
  if (!isByToken && isMember(connection)) return { isStill: stillSo(asOf, () => isMember(connection)) }
  if (proof !== undefined) return proof.judge(other, own, said, connection)
  throw new UnauthorizedError(
    `${own} speaks with members alone whose certificates its --access-file lists as a member's, and that of ${other.id} is none`,
  )
}

/** What that member says of itself, to one that shows, and demands, what it must. */
export async function greeted(
  call: RawCall,
  to: ServerId,
  own: Hello,
  proof: Proof | undefined,
): Promise<Greeted> {
  if (proof !== undefined) return proof.greet(call, to, own)
  return { hello: readHello(await call(`${to}.hello`, [helloToJson(own)])) }
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
function sealedText(side: Side, by: Hello, to: ServerId, { greeted, greeting }: Nonces): string {
  const { cluster, clusterId, id, incarnation } = by
  return JSON.stringify(['rollcall member', side, cluster, clusterId, id, incarnation, to, greeted, greeting])
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

function mistaken(id: ServerId, by: ServerId): UnauthorizedError {
  return new UnauthorizedError(
    `the token of ${id} is none of those that ${by} has: give both a --token-file with one in common`,
  )
}
