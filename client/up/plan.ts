/** What `rollcall up` starts: pure, from the flags to the command lines. */
import { join } from 'node:path'
import { MEMBER_FLAGS, written } from '../../lib/command-line/member-flags.js'
import { NAME_SERVER_FLAGS } from '../../lib/command-line/name-server-flags.js'
import { UsageError } from '../../lib/command-line/report.js'
import { withoutVariables } from '../../lib/command-line/variables.js'
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

/**
 * As many members as `--nodes` says, on the known ports, unless `--members` names others. @throws UsageError,
 * InvalidParamsError
 */
export function planUp(flags: UpFlags, cli: string, environment: NodeJS.ProcessEnv): UpPlan {
  const members = flags.members ?? knownMembers(flags.nodes)
  const nameservers = flags.nameserver ?? [`localhost:${NAMESERVER_PORT}`]
  const [nameserver] = nameservers
  if (nameserver === undefined) throw new UsageError('--nameserver must name the place of the name server')
  const env = withoutVariables(environment)
  const places = [
    { id: 'nameserver', address: parseHostPort(nameserver, NAMESERVER_PORT) },
    ...members.map((member) => ({ id: parseUri(member).objectId, address: parseUri(member).address })),
  ]
  const children = places.map(({ id, address }, i): ChildPlan => {
    const own =
      i === 0 ? nameserverArgs(address, flags) : nodeArgs(id, members, { ...flags, nameserver: nameservers })
    return {
      id,
      args: [cli, ...own, ...dataArgs(id, flags)],
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

function nameserverArgs(address: Address, flags: UpFlags): readonly string[] {
  if (address.kind !== 'tcp') throw new UsageError('--nameserver must be HOST:PORT')
  // Without a host a server listens on all of loopback.
  const host = address.host === 'localhost' ? [] : ['--host', address.host]
  const shared = written(NAME_SERVER_FLAGS, flags)
  return ['nameserver', '--port', String(address.port), ...host, ...shared]
}

function nodeArgs(id: string, members: readonly string[], flags: UpFlags): readonly string[] {
  return ['node', id, '--members', members.join(','), ...written(MEMBER_FLAGS, flags)]
}

function dataArgs(id: string, { data }: UpFlags): readonly string[] {
  return data === undefined ? [] : ['--data', join(data, id)]
}
