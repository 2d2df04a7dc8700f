/**
 * The environment's variables whose names begin with `ROLLCALL_`: each sets a flag, or is another program's, or is a
 * mistake.
 */
import { PROTECTING_FLAGS } from './flag-groups.js'
import { FLAG_NAMES, type FlagName } from './flags.js'
import { UsageError } from './report.js'
import { closest } from '../suggest.js'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'ROLLCALL_'

/** Names the `--config` file. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`

/** `ROLLCALL_ELECTION_TIMEOUT` for `election-timeout`. */
export function variableOf(flag: FlagName): string {
  return `${PREFIX}${flag.toUpperCase().replaceAll('-', '_')}`
}

/** An empty one is mostly a shell's that had nothing to put in. The file may name what protects, too. */
const NEVER_EMPTY: ReadonlySet<string> = new Set([...PROTECTING_FLAGS.map(variableOf), CONFIG_VARIABLE])

const KNOWN: ReadonlySet<string> = new Set([...FLAG_NAMES.map(variableOf), CONFIG_VARIABLE])

/**
 * The flags among `names` that the environment's variables set. Others are left out: one environment serves
 * commands that take different flags, so a variable that this command has no use for is no mistake.
 */
export function flagsOfEnvironment(
  names: readonly FlagName[],
  environment: Environment,
): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of names) {
    const variable = variableOf(name)
    const value = environment[variable]
    if (value !== undefined && value !== '' && !isForeign(variable, value)) found[name] = value
  }
  return found
}

/**
 * A warning about the variables that are plainly another program's, or undefined.
 * @throws UsageError for a variable that sets no flag, and for an empty one that is to keep strangers out: whoever set
 * it relies on it, perhaps to be safe
 */
export function judgeVariables(environment: Environment): string | undefined {
  const variables = Object.entries(environment).filter(([name]) => name.startsWith(PREFIX))
  const foreign = variables.filter(([name, value = '']) => isForeign(name, value)).map(([name]) => name)
  const unknown = variables
    .map(([name]) => name)
    .filter((name) => !KNOWN.has(name) && !foreign.includes(name))
  if (unknown.length > 0) throw new UsageError(`${unknown.map(described).join(', ')}: nothing was done`)
  const empty = variables.find(([name, value]) => value === '' && NEVER_EMPTY.has(name))
  if (empty !== undefined)
    throw new UsageError(`the variable ${empty[0]} is empty: say what it is, or unset it; nothing was done`)
  if (foreign.length === 0) return undefined
  return `${foreign.join(', ')}: not taken, as such variables are set for programs that look for a service named rollcall`
}

function described(variable: string): string {
  const own = (name: string): string => name.slice(PREFIX.length)
  const meant = closest(own(variable), [...KNOWN].map(own))
  const hint = meant === undefined ? '' : ` (did you mean ${PREFIX}${meant}?)`
  return `the variable ${variable} sets no flag${hint}`
}

/**
 * What Kubernetes and Docker set for programs that look for a service named `rollcall` or `rollcall-…`: `ROLLCALL_PORT`
 * is `tcp://10.0.0.1:9090` there, and `ROLLCALL_SERVICE_HOST` and `ROLLCALL_PORT_9090_TCP_ADDR` go with it.
 */
function isForeign(name: string, value: string): boolean {
  const isOfService = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/
  return isOfService.test(name) || /^(?:tcp|udp|sctp):\/\//.test(value)
}

/** For a process that gets all its flags on its command line: a variable that was meant for one would reach all. */
export function withoutVariables(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(PREFIX)))
}
