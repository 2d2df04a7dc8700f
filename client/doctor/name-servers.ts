/** Are the name servers there, and does the leader's record say what is so? */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../../lib/defaults.js'
import type { Json } from '../../lib/json.js'
import type { CallMeta } from '../../lib/rpc/exposed.js'
import type { Address } from '../../lib/ports.js'
import { formatAddress, uri } from '../../lib/rpc/uri.js'
import type { Probes } from '../../lib/client/probes.js'
import type { Leader } from '../../lib/client/views.js'
import { fine, note, problem, type Finding } from './finding.js'
import { seeMember, whoIsThere } from './members.js'
import { adviceOn, presenceAt, type Presence } from './presence.js'

export interface NameServerSeen {
  readonly address: Address
  readonly place: string
  readonly ping: Presence
  /** The URI under `CLUSTER.leader`; undefined when there is none, or nobody could be asked. */
  readonly leader: string | undefined
  /** What the member there says of its cluster, if it says anything. */
  readonly clusterId: string | null
  /** It is not there, but at this place on this machine. */
  readonly listensAt?: string
}

/** No worse than the leader's word, by whoever is asked. */
const AT_ANY: CallMeta = { consistency: 'follower' }

/** The cluster as its members know it. */
export interface KnownCluster {
  readonly cluster: string
  readonly clusterId: string | null
  readonly leader: Leader | null
  /** Its leader can commit nothing before others are back, and is not registered before that. */
  readonly isShort: boolean
}

export async function seeNameServer(
  probes: Pick<Probes, 'call'>,
  address: Address,
  cluster: string,
): Promise<NameServerSeen> {
  const place = formatAddress(address)
  const ping = await pingAt(probes, address)
  const none = { address, place, ping, leader: undefined, clusterId: null }
  if (ping.kind !== 'answer') return none
  const found = await presenceAt(
    probes,
    address,
    `${NAMESERVER_OBJECT}.lookup`,
    [`${cluster}.leader`],
    AT_ANY,
  )
  const leader: Json = found.kind === 'answer' ? found.result : null
  if (typeof leader !== 'string') return none
  const { status } = await seeMember(probes, uri(leader))
  return { ...none, leader, clusterId: status?.clusterId ?? null }
}

export function pingAt(probes: Pick<Probes, 'call'>, address: Address): Promise<Presence> {
  return presenceAt(probes, address, `${NAMESERVER_OBJECT}.ping`, [], AT_ANY)
}

export function judgeNameServer(seen: NameServerSeen, known: KnownCluster): readonly Finding[] {
  const about = `name server ${seen.place}`
  const finding = judgePlace(about, seen) ?? judgePresence(about, seen.place, seen.ping)
  if (finding.level === 'problem') return [finding]
  const name = `${known.cluster}.leader`
  return [finding, judgeCluster(about, name, seen, known) ?? judgeRecord(about, name, seen.leader, known)]
}

/** Two clusters can have the same name. */
function judgeCluster(
  about: string,
  name: string,
  { leader, clusterId }: NameServerSeen,
  known: KnownCluster,
): Finding | undefined {
  if (leader === undefined || clusterId === null) return undefined
  if (known.clusterId === null || clusterId === known.clusterId) return undefined
  return problem(
    about,
    `${name} is ${leader}, of another cluster "${known.cluster}": its id is ${clusterId}, that of the members ${known.clusterId}`,
    `give the two clusters different names, or name servers of their own; until then give --members alone`,
  )
}

function judgePlace(about: string, { place, ping, listensAt }: NameServerSeen): Finding | undefined {
  if (listensAt === undefined) return undefined
  return problem(
    about,
    `listens at ${listensAt}, but was looked for at ${place}: there ${whoIsThere(ping)}`,
    `give --nameserver ${listensAt}, or have connections to ${place} passed on to it`,
  )
}

function judgePresence(about: string, place: string, ping: Presence): Finding {
  const elsewhere = 'give the right place with --nameserver, or move one of the two to another port'
  switch (ping.kind) {
    case 'answer':
      return fine(about, 'answers')
    case 'nobody':
      return problem(
        about,
        ping.why,
        `${adviceOn(ping.cause, place, startAt(place))}, or give its place with --nameserver`,
      )
    case 'silent':
      return problem(
        about,
        'takes connections and does not answer',
        'it is stopped or another program: look at it',
      )
    case 'stranger':
      return problem(about, 'another program answers there', elsewhere)
    case 'other-objects':
      return problem(about, `no name server, but a program with ${ping.objects.join(', ')}`, elsewhere)
    case 'unsecured':
      return problem(about, ping.why, ping.advice)
    case 'refused':
      return problem(about, ping.error.message, 'see docs/errors.md')
  }
}

function startAt(place: string): string {
  const port = place.slice(place.lastIndexOf(':') + 1)
  return port === String(NAMESERVER_PORT) ? 'rollcall nameserver' : `rollcall nameserver --port ${port}`
}

function judgeRecord(
  about: string,
  name: string,
  recorded: string | undefined,
  { leader, isShort }: KnownCluster,
): Finding {
  if (leader === null)
    return recorded === undefined
      ? note(about, `has no record ${name}: nobody leads`)
      : note(about, `${name} is still ${recorded}, and no member leads`)
  if (recorded === leader.uri) return fine(about, `${name} is ${recorded}`)
  if (isShort)
    return note(about, `${name} is not ${leader.uri} yet, which registers itself once it takes commands`)
  return problem(
    about,
    recorded === undefined
      ? `has no record ${name}, but ${leader.uri} leads`
      : `${name} is ${recorded}, but ${leader.uri} leads`,
    `a leader registers itself within a second, and where the name was another cluster's within 30 s, when its lease has ended ` +
      `(or at once after \`rollcall remove ${name}\`): ask again; if it stays so, check that ${leader.id} runs with this --nameserver`,
  )
}
