/** The table of who may do what, as an operator writes it down. */
import { isList, isObject } from '../json.js'
import { ROLES, type Grant, type Role } from '../roles.js'
import { InvalidParamsError } from '../rpc/errors.js'

/** One caller, identified by its token, its certificate, or either. */
export interface AccessEntry {
  /** Its name in logs and errors, 1 to 100 characters. */
  readonly name: string
  readonly role: Role
  /**
   * The methods it may call, by full names; a star at the end matches anything: `kv.*`, `log.append`. Required for a
   * user. Default: nothing for a reader, `*` for operators and members.
   */
  readonly may?: readonly string[] | undefined
  /** SHA-256 of its token in UTF-8, as 64 lower-case hexadecimal digits. */
  readonly tokenSha256?: string | undefined
  /** The common name, another name, or the SHA-256 fingerprint of its certificate. */
  readonly certificate?: string | undefined
}

/** Who may do what. Unknown properties are refused: a typing mistake must not let anybody in. */
export interface AccessTable {
  readonly callers: readonly AccessEntry[]
}

/** More would take too long to compare at each new connection. */
const CALLERS_MAX = 1_000
const PATTERNS_MAX = 1_000
const NAME = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]{1,100}$/u
const DIGEST = /^[0-9a-f]{64}$/
/** `kv.*`, `log.append`, `*`: a star at the end alone. */
const PATTERN = /^[^\p{Cc}*]{0,300}\*$|^[^\p{Cc}*]{1,300}\.[^\p{Cc}*.]+$/u
const RIGHTS = ['name', 'role', 'may']
const FIELDS = [...RIGHTS, 'tokenSha256', 'certificate']

/** @throws InvalidParamsError that names the place and what must stand there */
export function readAccessTable(json: unknown): AccessTable {
  const { callers, ...more } = object(json, 'the access table')
  none(more, 'the access table', ['callers'])
  if (!isList(callers) || callers.length > CALLERS_MAX)
    throw wrong('callers', `a list of at most ${CALLERS_MAX} callers`)
  const entries = callers.map((each, at) => readEntry(each, `callers[${at}]`))
  unlike(entries, 'name')
  unlike(entries, 'tokenSha256')
  unlike(entries, 'certificate')
  return { callers: entries }
}

type Rights = Pick<AccessEntry, 'name' | 'role' | 'may'>

/** What the caller of that row may do. */
export function grantOf({ name, role, may }: Rights): Grant {
  return { name, role, may: may ?? (role === 'reader' || role === 'user' ? [] : ['*']) }
}

/** Of one caller. `at`: where it stands, for the error. @throws InvalidParamsError for what is none */
export function readRights(json: unknown, at: string): Grant {
  const from = object(json, at)
  none(from, at, RIGHTS)
  return grantOf(rightsIn(from, at))
}

function rightsIn({ name, role, may }: Readonly<Record<string, unknown>>, at: string): Rights {
  if (typeof name !== 'string' || !NAME.test(name)) throw wrong(`${at}.name`, 'a text of 1 to 100 characters')
  const known = ROLES.find((each) => each === role)
  if (known === undefined) throw wrong(`${at}.role`, `one of ${ROLES.join(', ')}`)
  if (known === 'user' && may === undefined)
    throw wrong(`${at}.may`, 'a list: of a user it says what it may call')
  return { name, role: known, ...(may !== undefined && { may: readPatterns(may, `${at}.may`) }) }
}

function readEntry(json: unknown, at: string): AccessEntry {
  const from = object(json, at)
  none(from, at, FIELDS)
  const { tokenSha256, certificate } = from
  const rights = rightsIn(from, at)
  if (tokenSha256 !== undefined && (typeof tokenSha256 !== 'string' || !DIGEST.test(tokenSha256)))
    throw wrong(`${at}.tokenSha256`, '64 hexadecimal digits in lower case, the SHA-256 of the token')
  if (certificate !== undefined && (typeof certificate !== 'string' || !NAME.test(certificate)))
    throw wrong(`${at}.certificate`, 'a name in its certificate, or the SHA-256 of that')
  if (tokenSha256 === undefined && certificate === undefined)
    throw wrong(at, 'a caller that is known by tokenSha256 or by certificate')
  return {
    ...rights,
    ...(tokenSha256 !== undefined && { tokenSha256 }),
    ...(certificate !== undefined && { certificate }),
  }
}

function readPatterns(json: unknown, at: string): readonly string[] {
  const wanted = 'a list of methods, such as "log.append", or "kv.*" for all of an object'
  if (!isList(json) || json.length > PATTERNS_MAX) throw wrong(at, wanted)
  return json.map((each, index) => {
    if (typeof each === 'string' && PATTERN.test(each)) return each
    throw wrong(`${at}[${index}]`, 'OBJECT.METHOD, with a star at the end or none')
  })
}

function object(json: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isObject(json)) return json
  throw wrong(what, 'an object')
}

function none(from: object, at: string, known: readonly string[]): void {
  const stranger = Object.keys(from).find((name) => !known.includes(name))
  if (stranger !== undefined)
    throw new InvalidParamsError(
      `${at} has ${JSON.stringify(stranger.slice(0, 100))}, which nobody knows; known are ${known.join(', ')}`,
    )
}

function unlike(entries: readonly AccessEntry[], field: 'name' | 'tokenSha256' | 'certificate'): void {
  const all = entries.flatMap((each) => each[field] ?? [])
  const twice = all.findIndex((each, at) => all.indexOf(each) !== at)
  if (twice >= 0) throw new InvalidParamsError(`two callers have the ${field} ${JSON.stringify(all[twice])}`)
}

function wrong(at: string, wanted: string): InvalidParamsError {
  return new InvalidParamsError(`${at} must be ${wanted}`)
}
