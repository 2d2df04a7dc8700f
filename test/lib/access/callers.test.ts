/** Who calls, by what was shown on a connection, and since when. */
import t from 'tap'
import { Callers, type Shown } from '../../../lib/access/callers.js'
import { readAccessTable, type AccessTable } from '../../../lib/access/access-table.js'
import { readTokens } from '../../../lib/access/tokens.js'
import { isAmong } from '../../../lib/roles.js'
import { systemSecrets } from '../../../lib/system/secrets.js'

const secrets = systemSecrets
const tokenSha256 = secrets.digest('the-token-of-ursula')
const ursula = { name: 'ursula', role: 'user', may: ['kv.*'], tokenSha256 } as const
const node1 = { name: 'node1', role: 'member', certificate: 'node1.example' } as const
const TOKENS: readonly string[] = ['a-token-of-all']
const TABLE: AccessTable = { callers: [ursula, node1] }

const callers = (access: () => AccessTable = () => TABLE, tokens: () => readonly string[] = () => TOKENS) =>
  new Callers({ secrets, operatorToken: 'an-operators-token', tokens, access })
const connection = (more: Partial<Shown> = {}): Shown => ({ remote: 'there', ...more })
const certificate = (commonName: string, ...names: readonly string[]) => ({
  peerCertificate: { commonName, names, fingerprint: 'f'.repeat(64) },
})

t.test('a token stands for its holder, and one that is not known for nobody', async (t) => {
  const all = callers()
  const of = (token?: string) =>
    all.grantOf({ connection: connection(), meta: token === undefined ? {} : { token } })
  t.match(of('the-token-of-ursula'), { name: 'ursula', role: 'user' })
  t.match(of('a-token-of-all'), { role: 'member' })
  t.match(of('an-operators-token'), { role: 'operator' })
  t.equal(of('the-token-of-Ursula'), undefined)
  t.equal(of(tokenSha256), undefined, 'what stands in the table is of no use')
  t.equal(of(), undefined)
})

t.test('what a connection introduces itself by counts for calls that bring no token', async (t) => {
  const all = callers()
  const hers = connection()
  const told = (token?: string) =>
    all.grantOf({ connection: hers, meta: token === undefined ? {} : { token } })?.name
  all.introduced({ connection: hers, meta: { token: 'the-token-of-ursula' } })
  t.equal(told(), 'ursula')
  t.equal(told('an-operators-token'), 'operator', 'a call counts by its own')
  t.equal(told(), 'ursula')
  all.introduced({ connection: hers, meta: { token: 'an-operators-token' } })
  t.equal(told(), 'ursula', 'and nobody introduces himself a second time')
})

t.test('bug: the token of the first call lifted those of others after it', async (t) => {
  const all = callers()
  const shared = connection()
  const told = (token?: string) =>
    all.grantOf({ connection: shared, meta: token === undefined ? {} : { token } })?.name
  t.equal(told('an-operators-token'), 'operator')
  t.equal(told(), undefined, 'as of a balancer, whose connections carry calls of many')
  t.equal(told('the-token-of-ursula'), 'ursula')
  t.equal(told(), undefined)
})

t.test(
  'the first message of a WebSocket counts for its calls that bring no token, whatever it calls',
  async (t) => {
    const all = callers()
    const page = connection({ kind: 'websocket' })
    const told = (token?: string) =>
      all.grantOf({ connection: page, meta: token === undefined ? {} : { token } })?.name
    t.equal(told('the-token-of-ursula'), 'ursula')
    t.equal(told(), 'ursula')
    t.equal(told('an-operators-token'), 'operator')
    t.equal(told(), 'ursula', 'and no later one')
  },
)

t.test(
  'whoever has said hello is a member where callers are asked who they are, and nobody else',
  async (t) => {
    const of = (all: Callers) => all.grantOf({ connection: connection({ isFavoured: true }), meta: {} })
    t.match(of(callers()), { role: 'member' })
    const open = new Callers({
      secrets,
      operatorToken: 'an-operators-token',
      tokens: undefined,
      access: undefined,
    })
    t.equal(of(open), undefined, 'what a hello shows there can be had by asking')
  },
)

t.test('a certificate counts by any of its names, where no token is brought', async (t) => {
  const all = callers()
  const of = (shown: Shown, token?: string) =>
    all.grantOf({ connection: shown, meta: token === undefined ? {} : { token } })?.name
  t.equal(of(connection(certificate('node1.example'))), 'node1')
  t.equal(of(connection(certificate('', 'x.example', 'node1.example'))), 'node1')
  t.equal(of(connection(certificate('node1.example')), 'the-token-of-ursula'), 'ursula')
  const balancer = connection(certificate('node1.example'))
  t.equal(of(balancer), 'node1')
  t.equal(of(balancer, 'not-known-to-anybody'), undefined, 'as of a balancer, which passes it on')
  t.equal(of(balancer), 'node1')
  t.equal(of(connection(certificate('node2.example'))), undefined)
  t.ok(all.isMember(connection(certificate('node1.example'))))
  t.notOk(all.isMember(connection(certificate('', 'node2.example'))))
})

t.test('a token that is not known is refused, whatever else its connection has shown', async (t) => {
  const all = callers()
  const of = (over: Shown, token?: string) =>
    all.grantOf({ connection: over, meta: token === undefined ? {} : { token } })?.name
  const asked = connection({ ...certificate('node1.example'), bearer: 'not-known-to-anybody' })
  t.equal(of(asked), undefined, 'with the request')
  t.notOk(all.isKnown(asked))
  t.notOk(all.isMember(asked), 'nor is it let in as a member')
  const begun = connection(certificate('node1.example'))
  all.introduced({ connection: begun, meta: { token: 'not-known-to-anybody' } })
  t.equal(of(begun), undefined, 'in the first message, for those that bring none')
  t.notOk(all.isKnown(begun))
  t.equal(of(begun, 'the-token-of-ursula'), 'ursula', 'a call counts by its own')
  t.equal(of(connection({ isFavoured: true }), 'not-known-to-anybody'), undefined, 'after a hello')
})

t.test(
  'who is let in is asked anew once a list is another one, on connections that are there, too',
  async (t) => {
    let [access, tokens] = [TABLE, TOKENS]
    const all = callers(
      () => access,
      () => tokens,
    )
    const [hers, ours] = [connection(), connection()]
    const her = () => all.grantOf({ connection: hers, meta: { token: 'the-token-of-ursula' } })
    const our = () => all.grantOf({ connection: ours, meta: { token: 'a-token-of-all' } })
    t.match([her(), our()], [{ may: ['kv.*'] }, { role: 'member' }])
    access = { callers: [{ ...ursula, may: ['log.*'] }] }
    t.match([her(), our()], [{ may: ['log.*'] }, { role: 'member' }])
    access = { callers: [] }
    tokens = ['another-token-of-all']
    t.same([her(), our()], [undefined, undefined])
  },
)

t.test(
  'whether a connection is known is asked before its first message, and does not take its place',
  async (t) => {
    const all = callers()
    const hers = connection()
    t.notOk(all.isKnown(hers))
    all.introduced({ connection: hers, meta: { token: 'the-token-of-ursula' } })
    t.ok(all.isKnown(hers))
    t.ok(all.isKnown(connection({ bearer: 'a-token-of-all' })))
    t.notOk(all.isKnown(connection({ bearer: 'none' })))
    const shared = connection()
    const told = (token: string) => all.grantOf({ connection: shared, meta: { token } })
    t.notOk(told('none'))
    t.notOk(all.isKnown(shared))
    t.ok(told('the-token-of-ursula'))
    t.ok(all.isKnown(shared), 'by a later call that was let in')
  },
)

t.test('a star stands at the end, for whatever may follow', async (t) => {
  const may =
    (...patterns: readonly string[]) =>
    (name: string) =>
      isAmong({ name: 'x', role: 'user', may: patterns }, name)
  t.ok(may('kv.*')('kv.get'))
  t.notOk(may('kv.*')('kvs.get'))
  t.notOk(may('kv.*')('kv.audit.clear'), 'which is of another object')
  t.ok(may('kv*')('kv.audit.clear'))
  t.ok(may('*')('anything.at.all'))
  t.notOk(may('kv.get')('kv.getAll'))
  t.notOk(may()('kv.get'))
})

const wrong: readonly (readonly [json: unknown, message: RegExp])[] = [
  [null, /the access table must be an object/],
  [{}, /callers must be a list/],
  [{ callers: [], users: [] }, /has "users", which nobody knows; known are callers/],
  [{ callers: [{}] }, /callers\[0\]\.name/],
  [
    { callers: [{ name: 'x', role: 'king' }] },
    /callers\[0\]\.role must be one of reader, user, operator, member/,
  ],
  [{ callers: [{ name: 'x', role: 'reader' }] }, /known by tokenSha256 or by certificate/],
  [{ callers: [{ name: 'x', role: 'reader', token: 'secret' }] }, /has "token", which nobody knows/],
  [{ callers: [{ name: 'x', role: 'reader', tokenSha256: 'SECRET' }] }, /64 hexadecimal digits/],
  [{ callers: [{ name: 'x', role: 'user', certificate: 'x' }] }, /\.may must be a list: of a user it says/],
  [{ callers: [{ ...ursula, may: ['kv'] }] }, /\.may\[0\] must be OBJECT\.METHOD/],
  [{ callers: [{ ...ursula, may: ['*.get'] }] }, /\.may\[0\]/],
  [{ callers: [{ ...ursula, may: 'kv.*' }] }, /\.may must be a list/],
  [{ callers: [ursula, { ...ursula, name: 'other' }] }, /two callers have the tokenSha256/],
  [{ callers: [node1, { ...node1, certificate: 'other' }] }, /two callers have the name "node1"/],
]

t.test('a table that is wrong says where, and does not tell a token', async (t) => {
  t.same(readAccessTable(JSON.parse(JSON.stringify(TABLE))), TABLE)
  for (const [json, message] of wrong) {
    t.throws(() => readAccessTable(json), { name: 'InvalidParamsError', message }, JSON.stringify(json))
    t.doesNotThrow(() => {
      try {
        readAccessTable(json)
      } catch (error) {
        if (/secret/i.test(String(error))) throw error
      }
    })
  }
})

t.test('tokens stand on lines of their own, and one that is none is not told', async (t) => {
  t.same(readTokens('\n the-token-of-all \r\n\nanother-token-of-all\n'), [
    'the-token-of-all',
    'another-token-of-all',
  ])
  t.throws(() => readTokens('  \n'), /no token/)
  t.throws(() => readTokens('a-token-of-all-here\nshort\n'), { message: /^token 2 must be 16 to 1000 / })
  t.throws(() => readTokens('ein-schlüssel-für-alle'), /visible characters of ASCII/)
  t.throws(() => readTokens('a-token-of-all-here\n'.repeat(17)), /more than 16/)
})
