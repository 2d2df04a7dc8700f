/** What each member is, seen from outside: is it there, is it who it should be, whom does it follow? */
import type { MemberStatus, Shortage } from '../../lib/member.js'
import { groupFlag, startOf } from '../../lib/command-line/told-commands.js'
import { NAMESERVER_MEMBER, NAMESERVER_PORT } from '../../lib/defaults.js'
import { isOnThisMachine } from '../../lib/rpc/loopback.js'
import { parseUri, type Uri } from '../../lib/rpc/uri.js'
import { memberStatus } from '../../lib/client/member-status.js'
import type { Probes } from '../../lib/client/probes.js'
import { fine, note, problem, type Finding } from './finding.js'
import { adviceOn, presenceAt, type Presence } from './presence.js'

export interface MemberSeen {
  readonly uri: Uri
  readonly presence: Presence
  /** What it says about itself, if it is a member of anything. */
  readonly status: MemberStatus | undefined
  /** Whoever says that the member is there is on another machine: the place where it was asked. */
  readonly saidAt?: string | undefined
  /** It is not there, but at this place on this machine. */
  readonly listensAt?: string
}

export async function seeMember(probes: Pick<Probes, 'call'>, uri: Uri): Promise<MemberSeen> {
  const { objectId, address } = parseUri(uri)
  const seen = await presenceAt(probes, address, `${objectId}.status`)
  return { uri, presence: seen, status: seen.kind === 'answer' ? memberStatus(seen.result) : undefined }
}

/** Whether it is a member of this cluster and answers. */
export function belongs(
  seen: MemberSeen,
  cluster: string,
): seen is MemberSeen & { readonly status: MemberStatus } {
  return seen.status?.cluster === cluster
}

/** `clusterId`: the one that most members have. `committed`: how far the leader knows that entries are committed. */
export function judgeMember(
  seen: MemberSeen,
  cluster: string,
  clusterId: string | null,
  committed = 0,
): Finding {
  const { objectId } = parseUri(seen.uri)
  const about = String(objectId)
  const { status } = seen
  if (status === undefined) return judgeAbsence(about, seen, cluster)
  if (status.cluster !== cluster)
    return problem(
      about,
      `${seen.uri} belongs to the cluster "${status.cluster}", not to "${cluster}"`,
      `say --cluster ${status.cluster}, or give this cluster's members with --members`,
    )
  if (clusterId !== null && status.clusterId !== null && status.clusterId !== clusterId)
    return problem(
      about,
      `its cluster id is ${status.clusterId}, the others' is ${clusterId}: it belongs to another cluster of the same name`,
      `stop it, move its data folder away, and add it anew: \`rollcall remove-node ${about}${groupFlag(cluster)}\`, then \`${adding(seen.uri, cluster)}\``,
    )
  return judgeState(about, status, committed)
}

/** What it lacks, and what to do. */
const LACKS: Readonly<Record<Shortage['of'], readonly [string, string]>> = {
  room: ['its disk has no room for more of the log', 'make room there'],
  descriptors: ['its process has no file descriptor left', 'let it have more (`ulimit -n`)'],
}

function judgeState(
  about: string,
  { role, term, leader, commitIndex, lastApplied, shortage }: MemberStatus,
  committed: number,
): Finding {
  if (shortage !== undefined) {
    const [lack, remedy] = LACKS[shortage.of]
    return problem(about, `${lack} (${shortage.reason})`, `${remedy}: it goes on by itself`)
  }
  const place = `term ${term}, commit index ${commitIndex}`
  const behind = Math.max(commitIndex, committed) - lastApplied
  if (role === 'leader') return fine(about, `leads, ${place}`)
  if (leader === null) return note(about, `is ${role} and follows nobody, ${place}`)
  if (behind > 1000) return note(about, `follows ${leader.id}, ${place}, ${behind} entries not applied yet`)
  return fine(about, `${role === 'learner' ? 'learns from' : 'follows'} ${leader.id}, ${place}`)
}

export function whoIsThere(seen: Presence): string {
  if (seen.kind === 'nobody') return seen.why
  return seen.kind === 'silent' ? 'whoever takes the connection does not answer' : 'another program answers'
}

/** One without an id is on the known port, unless it is told another one each time. */
function starting(member: Uri, cluster: string): string {
  const { objectId, address } = parseUri(member)
  const start = startOf({ id: objectId, cluster })
  const isElsewhere = address.kind === 'tcp' && address.port !== NAMESERVER_PORT
  return objectId === NAMESERVER_MEMBER && isElsewhere ? `${start} --port ${address.port}` : start
}

function adding(member: Uri, cluster: string): string {
  const { objectId, address } = parseUri(member)
  return `rollcall add ${objectId}${groupFlag(cluster)} --port ${address.kind === 'tcp' ? address.port : 'PORT'}`
}

function judgeAbsence(about: string, member: MemberSeen, cluster: string): Finding {
  const { uri, presence: seen, saidAt, listensAt } = member
  if (listensAt !== undefined)
    return problem(
      about,
      `listens at ${listensAt}, but others are told that it is at ${uri}: there ${whoIsThere(seen)}`,
      `start it with --advertise and the name or address under which others reach it, or have connections to ${uri} passed on to it`,
    )
  const port = 'end that program, or correct --members'
  switch (seen.kind) {
    case 'nobody':
      if (saidAt !== undefined && isOnThisMachine(parseUri(uri).address))
        return problem(
          about,
          `${uri}, so the one at ${saidAt} says, is an address of each machine for itself, and on this one ${seen.why}`,
          `start ${about} on its machine with --advertise and the name or address under which others reach it`,
        )
      return problem(about, `${uri}: ${seen.why}`, adviceOn(seen.cause, uri, starting(uri, cluster)))
    case 'silent':
      return problem(
        about,
        `${uri} takes connections and does not answer`,
        'it is stopped (SIGSTOP), hangs, or is another program',
      )
    case 'stranger':
      return problem(about, `${uri}: another program answers there`, port)
    case 'other-objects':
      return problem(
        about,
        `${uri}: a program without ${about} answers, with ${seen.objects.join(', ')}`,
        port,
      )
    case 'unsecured':
      return problem(about, `${uri}: ${seen.why}`, seen.advice)
    case 'refused':
      return problem(about, `${uri}: ${seen.error.message}`, 'see docs/errors.md')
    case 'answer':
      return problem(about, `${uri} answers, but not as a member does`, port)
  }
}
