/** What `rollcall up` starts: pure, from the flags to the command lines. */
import { join } from 'node:path'
import { UsageError } from '../../lib/command-line/report.js'
import { NAMESERVER_PORT } from '../../lib/defaults.js'
import { formatUri, parseHostPort, parseUri } from '../../lib/rpc/uri.js'
import type { Address } from '../../lib/ports.js'
import type { UpFlags } from '../flags.js'
import type { ChildPlan } from './child.js'

export interface UpPlan {
  readonly nameservers: readonly string[]
  readonly members: readonly string[]
  readonly children: readonly ChildPlan[]
  /** Where each process will listen. */
  readonly places: readonly { readonly id: string; readonly address: Address }[]
}

const FIRST_PORT = 9101
const NODES_RANK = 0
const NAMESERVER_RANK = 1

/** `nodes` members on the known ports, unless `--members` names others. @throws UsageError, InvalidParamsError */
export function planUp(flags: UpFlags, nodes: number, cli: string, environment: NodeJS.ProcessEnv): UpPlan {
  const members = flags.members ?? knownMembers(nodes)
  const nameservers = flags.nameserver ?? [`localhost:${NAMESERVER_PORT}`]
  const [nameserver] = nameservers
  if (nameserver === undefined) throw new UsageError('--nameserver must name the place of the name server')
  const env = withoutFlags(environment)
  const places = [
    { id: 'nameserver', address: parseHostPort(nameserver, NAMESERVER_PORT) },
    ...members.map((member) => ({ id: parseUri(member).objectId, address: parseUri(member).address })),
  ]
  const children = places.map(({ id, address }, i): ChildPlan => {
    const own = i === 0 ? nameserverArgs(address) : nodeArgs(id, members, nameservers, flags)
    return {
      id,
      args: [cli, ...own, ...commonArgs(id, flags)],
      env,
      rank: i === 0 ? NAMESERVER_RANK : NODES_RANK,
    }
  })
  return { nameservers, members, children, places }
}

function knownMembers(nodes: number): readonly string[] {
  return Array.from({ length: nodes }, (_, i) =>
    formatUri(`node${i + 1}`, { kind: 'tcp', host: 'localhost', port: FIRST_PORT + i }),
  )
}

function nameserverArgs(address: Address): readonly string[] {
  if (address.kind !== 'tcp') throw new UsageError('--nameserver must be HOST:PORT')
  // Without a host a server listens on all of loopback.
  const host = address.host === 'localhost' ? [] : ['--host', address.host]
  return ['nameserver', '--port', String(address.port), ...host]
}

function nodeArgs(
  id: string,
  members: readonly string[],
  nameservers: readonly string[],
  flags: UpFlags,
): readonly string[] {
  const { min, max } = flags['election-timeout']
  return [
    ...['node', id, '--members', members.join(','), '--nameserver', nameservers.join(',')],
    ...[
      '--cluster',
      flags.cluster,
      '--election-timeout',
      `${min}-${max}`,
      '--heartbeat',
      String(flags.heartbeat),
    ],
    ...(flags.objects === undefined ? [] : ['--objects', flags.objects.join(',')]),
    ...(flags['log-keep'] === undefined ? [] : ['--log-keep', String(flags['log-keep'])]),
  ]
}

function commonArgs(id: string, flags: UpFlags): readonly string[] {
  const data = flags.data === undefined ? [] : ['--data', join(flags.data, id)]
  return ['--log-level', flags['log-level'], '--log-format', flags['log-format'], ...data]
}

/** All flags are on the command lines: a variable such as ROLLCALL_PORT, meant for one process, would reach all. */
function withoutFlags(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('ROLLCALL_')))
}
