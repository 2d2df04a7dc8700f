/** What an operator writes about who may call, and what strangers show: nothing of it lets anybody in by mistake. */
import fc from 'fast-check'
import { readAccessTable, grantOf } from '../../lib/access/access-table.js'
import { Callers } from '../../lib/access/callers.js'
import { readTokens } from '../../lib/access/tokens.js'
import { jsonIn, type Json } from '../../lib/json.js'
import { incarnation, serverId } from '../../lib/raft/types.js'
import { Proof } from '../../lib/replica/members/proof.js'
import { helloToJson, type Hello } from '../../lib/replica/members/hello.js'
import { ROLES } from '../../lib/roles.js'
import { InvalidParamsError, UnauthorizedError } from '../../lib/rpc/errors.js'
import { readMeta } from '../../lib/rpc/messages/request.js'
import { systemRandom } from '../../lib/system/random.js'
import { systemSecrets } from '../../lib/system/secrets.js'
import { hostileJson } from './hostile-json.js'
import { mutatedText } from './mutations.js'
import { scene } from './target.js'
import type { Target } from './target.js'

export const accessTargets: readonly Target[] = [
  {
    name: 'an access table is one that can be written again, or is refused with its place',
    runs: 2000,
    open: () => Promise.resolve(scene(mutatedText(TABLES), checkTable)),
  },
  {
    name: 'a file of tokens has tokens that can be shown, or is refused without telling them',
    runs: 2000,
    open: () => Promise.resolve(scene(mutatedText(TOKEN_FILES), checkTokens)),
  },
  {
    name: 'whatever is shown that is no token, nobody is known by it',
    runs: 1000,
    open: () => Promise.resolve(scene(hostileJson, checkShown)),
  },
  {
    name: 'whatever is said for a seal, no hello is believed by it',
    runs: 1000,
    open: () => Promise.resolve(scene(fc.array(hostileJson, { minLength: 1, maxLength: 4 }), checkSeals)),
  },
]

const DIGEST = systemSecrets.digest('a-token-of-somebody')
const TABLES: readonly string[] = [
  { callers: [] },
  { callers: [{ name: 'a', role: 'user', may: ['kv.*', 'log.append', '*'], tokenSha256: DIGEST }] },
  {
    callers: [
      { name: 'b', role: 'reader', certificate: 'b.example' },
      { name: 'c', role: 'member', certificate: DIGEST, tokenSha256: DIGEST },
    ],
  },
].map((each) => JSON.stringify(each))
const TOKEN_FILES: readonly string[] = [
  'a-token-of-sixteen\n',
  'the-first-of-two-tokens\nthe-second-of-two-tokens\n\n',
]

function checkTable(text: string): void {
  const json = jsonIn(text)
  if (json === undefined) return
  try {
    const table = readAccessTable(json)
    const again = readAccessTable(JSON.parse(JSON.stringify(table)))
    if (JSON.stringify(again) !== JSON.stringify(table)) throw new Error('it is read otherwise')
    for (const each of table.callers) {
      if (!ROLES.includes(grantOf(each).role)) throw new Error('it has a role that is none')
      if (each.tokenSha256 === undefined && each.certificate === undefined) throw new Error('it is anybody')
    }
  } catch (error) {
    if (!(error instanceof InvalidParamsError) || error.message.length > 1000) throw error
  }
}

function checkTokens(text: string): void {
  try {
    for (const token of readTokens(text))
      if (!/^[!-~]{16,1000}$/.test(token)) throw new Error('it could not be shown')
  } catch (error) {
    if (!(error instanceof InvalidParamsError)) throw error
    if (/of-sixteen|first-of-two|second-of-two/.test(error.message)) throw new Error('it tells a token')
  }
}

const callers = new Callers({
  secrets: systemSecrets,
  operatorToken: 'the-token-of-an-operator',
  tokens: () => ['a-token-of-sixteen'],
  access: () => readAccessTable(JSON.parse(TABLES[2] ?? '')),
})

function checkShown(json: Json): void {
  let meta: unknown
  try {
    meta = readMeta({ token: json })
  } catch {
    return
  }
  const { token } = meta as { readonly token?: string }
  const connection = { remote: 'there', ...(typeof json === 'string' && { bearer: json }) }
  if (callers.grantOf({ connection, meta: token === undefined ? {} : { token } }) !== undefined)
    throw new Error('it is known')
}

const hello: Hello = {
  version: 1,
  cluster: 'test',
  clusterId: null,
  clusterIdInLog: null,
  id: serverId('n2'),
  incarnation: incarnation('i'),
  priority: 0,
  classes: undefined,
}

function checkSeals(all: readonly Json[]): void {
  const proof = new Proof({
    secrets: systemSecrets,
    random: systemRandom,
    tokens: () => ['a-token-of-sixteen'],
  })
  const connection = { kind: 'lines', remote: 'there' } as const
  const shown = all.flatMap((seal) => [seal, { nonce: 'n', seal }, { nonce: '2.n', seal }])
  for (const said of shown) {
    proof.challenge(connection)
    let isBelieved = true
    try {
      proof.judge({ by: hello, json: helloToJson(hello) }, serverId('n1'), said, connection)
    } catch (error) {
      if (!(error instanceof UnauthorizedError || error instanceof InvalidParamsError)) throw error
      isBelieved = false
    }
    if (isBelieved) throw new Error('it is believed')
  }
}
