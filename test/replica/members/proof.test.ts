/** How members show each other that they have a token in common: what a stranger hears and says is of no use. */
import t, { type Test } from 'tap'
import { membersOf, type Json } from '../../../lib/json.js'
import { incarnation, serverId } from '../../../lib/raft/types.js'
import { helloToJson, readHello, type Hello } from '../../../lib/replica/members/hello.js'
import { greeted as greetedBy, judged, Proof, type MemberDoor } from '../../../lib/replica/members/proof.js'
import { MethodNotFoundError, UnauthorizedError } from '../../../lib/rpc/errors.js'
import type { ConnectionContext } from '../../../lib/rpc/exposed.js'
import type { RawCall } from '../../../lib/rpc/channels/connection-options.js'
import { systemRandom } from '../../../lib/system/random.js'
import { systemSecrets } from '../../../lib/system/secrets.js'

const TOKEN = 'a-token-that-all-have'
const [n1, n2, n3] = [serverId('n1'), serverId('n2'), serverId('n3')]

function hello(id: typeof n1, cluster = 'rollcall'): Hello {
  return {
    version: 1,
    cluster,
    clusterId: 'one',
    clusterIdInLog: 'one',
    id,
    incarnation: incarnation(`${id}-first`),
    priority: 0,
    classes: undefined,
  }
}

/** By what is shown with that token, where there is one. */
const greeted = (call: RawCall, id: typeof n1, own: Hello, proof: Proof | undefined) => {
  const door = proof && { proof, isMember: () => false, asOf: () => undefined }
  return greetedBy(call, { id, certificate: undefined }, own, door)
}

const proofOf = (...tokens: readonly string[]): Proof => proofWhile(() => tokens)
const proofWhile = (tokens: () => readonly string[]): Proof =>
  new Proof({ secrets: systemSecrets, random: systemRandom, tokens })

/** One connection to the member `own`, and all that is said over it. */
class Line {
  readonly said: Json[] = []
  /** Whether what the other end has shown counts still. */
  isStill: (() => boolean) | undefined
  readonly connection: ConnectionContext = { kind: 'lines', remote: 'there' }

  constructor(
    private readonly own: Hello,
    private readonly proof: Proof,
    private readonly isMember = false,
  ) {}

  readonly call: RawCall = async (method, params) => {
    this.said.push(method, params)
    const answer = this.#answer(method, params)
    this.said.push(answer)
    return answer
  }

  #answer(method: string, [json, shown]: readonly Json[]): Json {
    if (method === `${this.own.id}.challenge`) return this.proof.challenge(this.connection)
    const other = { by: readHello(json), json: membersOf(json) }
    const door = { proof: this.proof, isMember: () => this.isMember, asOf: () => undefined }
    const { nonces, isStill } = judged(door, other, this.own.id, shown, this.connection)
    this.isStill = isStill
    const own = { by: this.own, json: helloToJson(this.own) }
    const seal = nonces && this.proof.answer(own, other.by.id, nonces)
    return { ...membersOf(own.json), ...(seal !== undefined && { seal }) }
  }
}

const refused = (t: Test, what: Promise<unknown>, message: RegExp, name: string): Promise<unknown> =>
  t.rejects(what, { constructor: UnauthorizedError, message }, name)

t.test('members with a token in common believe each other, and nobody has said it', async (t) => {
  const line = new Line(hello(n2), proofOf(TOKEN))
  t.match(await greeted(line.call, n2, hello(n1), proofOf(TOKEN)), { hello: { id: n2 } })
  t.notMatch(JSON.stringify(line.said), new RegExp(TOKEN))
})

t.test('while tokens change it is enough that each has the first one of the other', async (t) => {
  const line = new Line(hello(n2), proofOf('the-old-token-of-all', TOKEN))
  const own = proofOf(TOKEN, 'the-old-token-of-all')
  t.match(await greeted(line.call, n2, hello(n1), own), { hello: { id: n2 } })
})

t.test('what was shown counts, at both ends, for as long as its token does', async (t) => {
  let tokens: readonly string[] = [TOKEN]
  const line = new Line(
    hello(n2),
    proofWhile(() => tokens),
  )
  const own = proofWhile(() => tokens)
  const { isStill } = await greeted(line.call, n2, hello(n1), own)
  const both = () => [isStill?.(), line.isStill?.()]
  t.same(both(), [true, true])
  tokens = ['another-token-of-all', TOKEN]
  t.same(both(), [true, true])
  tokens = ['another-token-of-all']
  t.same(both(), [false, false])
})

t.test('whoever has another token, or none, is refused by whichever side has one', async (t) => {
  const line = () => new Line(hello(n2), proofOf(TOKEN)).call
  await refused(
    t,
    greeted(line(), n2, hello(n1), proofOf('another-token-it-is')),
    /none of those that n2 has: give both a --token-file with one in common$/,
    'another',
  )
  await refused(
    t,
    greeted(line(), n2, hello(n1), undefined),
    /n2 speaks with members alone.* n1 does not: start n1 with --token-file, in a build that has it$/,
    'none',
  )
  const without: RawCall = (method) =>
    method.endsWith('.challenge')
      ? Promise.reject(new MethodNotFoundError('an older build'))
      : Promise.resolve(helloToJson(hello(n2)))
  await refused(
    t,
    greeted(without, n2, hello(n1), proofOf(TOKEN)),
    /n1 speaks .* n2 does not/,
    'an older build',
  )
  const unsealed: RawCall = (method) =>
    Promise.resolve(method.endsWith('.challenge') ? { nonce: 'x' } : helloToJson(hello(n2)))
  await refused(t, greeted(unsealed, n2, hello(n1), proofOf(TOKEN)), /n2 does not/, 'one that shows nothing')
})

t.test('what was said once is of no use again, and none of it for anybody else', async (t) => {
  const proof = proofOf(TOKEN)
  const line = new Line(hello(n2), proof)
  await greeted(line.call, n2, hello(n1), proofOf(TOKEN))
  const params = line.said[4]
  t.ok(Array.isArray(params), 'the hello')
  const again = (to: Line, id = 'n2') => to.call(`${id}.hello`, params as readonly Json[])
  await refused(t, again(line), /n1 does not/, 'on the same connection')
  const other = new Line(hello(n2), proof)
  await refused(t, again(other), /n1 does not/, 'on another one')
  await other.call('n2.challenge', [])
  await refused(t, again(other), /none of those/, 'to another number')
})

t.test('what one member is asked for is not to be had from another one, nor from itself', async (t) => {
  const victim = new Line(hello(n2), proofOf(TOKEN))
  const nonce = await victim.call('n2.challenge', [])
  // A stranger whom n1 dials hands on n2's number as his own.
  let heard: Json = null
  const inTheMiddle: RawCall = (method, params) => {
    if (method.endsWith('.challenge')) return Promise.resolve(nonce)
    heard = params
    return Promise.reject(new UnauthorizedError('heard enough'))
  }
  await greeted(inTheMiddle, n3, hello(n1), proofOf(TOKEN)).catch(() => undefined)
  await refused(
    t,
    victim.call('n2.hello', heard as unknown as readonly Json[]),
    /none of those/,
    'meant for n3',
  )
  const own = new Line(hello(n1), proofOf(TOKEN))
  await greeted(own.call, n1, hello(n2), proofOf(TOKEN))
  const answer = membersOf(own.said[5])
  const mirror: RawCall = (method) =>
    Promise.resolve(method.endsWith('.challenge') ? { nonce: 'x' } : { ...answer })
  await refused(t, greeted(mirror, n1, hello(n2), proofOf(TOKEN)), /none of those/, 'an answer of before')
})

function textIn(json: Json | undefined, name: string): string {
  const value = membersOf(json)[name]
  if (typeof value === 'string') return value
  throw new Error(`${name} is no text`)
}

const reversed = (json: Json): Json => Object.fromEntries(Object.entries(membersOf(json)).reverse())

t.test('a seal says all that a hello says, in whatever order', async (t) => {
  const changed: readonly ((hello: Hello) => Hello)[] = [
    (each) => ({ ...each, id: n3 }),
    (each) => ({ ...each, cluster: 'other' }),
    (each) => ({ ...each, clusterId: 'two' }),
    (each) => ({ ...each, incarnation: incarnation('of another folder') }),
    (each) => ({ ...each, priority: 7 }),
    (each) => ({ ...each, clusterIdInLog: null }),
    (each) => ({ ...each, settings: { '--state-bytes': '1' } }),
  ]
  for (const [at, change] of changed.entries()) {
    const line = new Line(hello(n2), proofOf(TOKEN))
    const forged: RawCall = (method, [json, ...more]) =>
      json === undefined
        ? line.call(method, [])
        : line.call(method, [helloToJson(change(readHello(json))), ...more])
    await refused(t, greeted(forged, n2, hello(n1), proofOf(TOKEN)), /none of those/, `change ${at}`)
  }
  const line = new Line(hello(n2), proofOf(TOKEN))
  const turned: RawCall = (method, [json, ...more]) =>
    line.call(method, json === undefined ? [] : [reversed(json), ...more])
  t.match(await greeted(turned, n2, hello(n1), proofOf(TOKEN)), { hello: { id: n2 } })
})

t.test('what the answer says is sealed, too', async (t) => {
  const line = new Line(hello(n2), proofOf(TOKEN))
  const forged: RawCall = async (method, params) => {
    const answer = await line.call(method, params)
    return method.endsWith('.hello') ? { ...membersOf(answer), priority: 7 } : answer
  }
  await refused(t, greeted(forged, n2, hello(n1), proofOf(TOKEN)), /none of those/, 'another priority')
})

/** As members of builds before speak: five things of a hello are sealed, and no number begins with anything. */
const olderSeal = (side: string, by: Hello, to: string, greeted: string, greeting: string): string => {
  const { cluster, clusterId, id, incarnation } = by
  const text = ['rollcall member', side, cluster, clusterId, id, incarnation, to, greeted, greeting]
  return systemSecrets.seal(TOKEN, JSON.stringify(text))
}

t.test('members of builds before, whose seals say less, are believed as ever', async (t) => {
  const line = new Line(hello(n2), proofOf(TOKEN))
  const nonce = textIn(await line.call('n2.challenge', []), 'nonce')
  const seal = olderSeal('greets', hello(n1), n2, nonce, 'older')
  const answer = membersOf(await line.call('n2.hello', [helloToJson(hello(n1)), { nonce: 'older', seal }]))
  t.equal(answer['seal'], olderSeal('is greeted', hello(n2), n1, nonce, 'older'))
  const older: RawCall = async (method, [, said]) => {
    if (method.endsWith('.challenge')) return { nonce: 'older' }
    const nonce = textIn(said, 'nonce')
    t.equal(textIn(said, 'seal'), olderSeal('greets', hello(n1), n2, 'older', nonce))
    const shown = olderSeal('is greeted', hello(n2), n1, 'older', nonce)
    return { ...membersOf(helloToJson(hello(n2))), seal: shown }
  }
  t.match(await greeted(older, n2, hello(n1), proofOf(TOKEN)), { hello: { id: n2 } })
})

t.test('nobody in between makes two that seal all believe that the other is older', async (t) => {
  const line = new Line(hello(n2), proofOf(TOKEN))
  const told: RawCall = async (method, [json, said]) => {
    const answer = await line.call(method, [json ?? null, said ?? null])
    return method.endsWith('.challenge') ? { nonce: textIn(answer, 'nonce').slice(2) } : answer
  }
  await refused(t, greeted(told, n2, hello(n1), proofOf(TOKEN)), /none of those/, 'of whom is greeted')
  const other = new Line(hello(n2), proofOf(TOKEN))
  const nonce = textIn(await other.call('n2.challenge', []), 'nonce')
  const seal = olderSeal('greets', hello(n1), n2, nonce, '2.mine')
  const params = [helloToJson(hello(n1)), { nonce: '2.mine', seal }]
  await refused(t, other.call('n2.hello', params), /none of those/, 'a seal that says less')
})

t.test('where certificates alone count, a member that is dialled is one while its own does', async (t) => {
  const certificate = { commonName: 'n2.example', names: [], fingerprint: 'f'.repeat(64) }
  let rows: readonly string[] = ['n2.example']
  const isMember: MemberDoor['isMember'] = ({ peerCertificate }) =>
    peerCertificate !== undefined && rows.includes(peerCertificate.commonName)
  const door = { proof: undefined, isMember, asOf: () => rows }
  const line = new Line(hello(n2), proofOf(TOKEN), true)
  const greet = (shown: typeof certificate | undefined) =>
    greetedBy(line.call, { id: n2, certificate: shown }, hello(n1), door)
  const { isStill } = await greet(certificate)
  rows = ['n1.example', 'n2.example']
  t.equal(isStill?.(), true)
  rows = ['n1.example']
  t.equal(isStill?.(), false)
  line.said.length = 0
  const none = /^n1 speaks with members alone whose certificates .* and that of n2 is none$/
  await refused(t, greet(certificate), none, 'whose row is gone')
  await refused(t, greet(undefined), none, 'who shows none')
  t.strictSame(line.said, [], 'it is told nothing')
})

t.test('a member that its certificate shows needs no token', async (t) => {
  const line = new Line(hello(n2), proofOf(TOKEN), true)
  t.match(await greeted(line.call, n2, hello(n1), undefined), { hello: { id: n2 } })
})
