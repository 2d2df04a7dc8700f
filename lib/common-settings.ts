/**
 * The settings that all members of a cluster should have alike, as members tell them: by their flags, as they are
 * written.
 */
import type { MemberSettings } from './member-settings.js'

export type CommonSettings = Readonly<Record<string, string>>

export interface SettingsOfMember {
  readonly id: string
  /** Undefined: it has not said, as it is of an older build. */
  readonly settings?: CommonSettings | undefined
}

export function commonSettings({
  electionTimeout: { min, max },
  heartbeat,
  readLease,
  stateBytes,
}: MemberSettings): CommonSettings {
  return {
    'election-timeout': `${min}-${max}`,
    heartbeat: `${heartbeat}`,
    'read-lease': readLease ? 'on' : 'off',
    'state-bytes': `${stateBytes}`,
  }
}

/** What is not alike, one sentence for each flag, such as `--heartbeat is 50 at node1 and 500 at node2, node3`. */
export function unequal(members: readonly SettingsOfMember[]): readonly string[] {
  const flags = new Set(members.flatMap(({ settings = {} }) => Object.keys(settings)))
  return [...flags].sort().flatMap((flag) => {
    const ids = new Map<string, string[]>()
    for (const { id, settings } of members) {
      const value = settings?.[flag]
      if (value !== undefined) ids.set(value, [...(ids.get(value) ?? []), id])
    }
    const told = [...ids].map(([value, those]) => `${value} at ${those.join(', ')}`)
    return told.length > 1 ? [`--${flag} is ${told.join(' and ')}`] : []
  })
}

/** Who can't follow whom: the one's heartbeats come more seldom than the other waits for. */
export function unbearable(members: readonly SettingsOfMember[]): readonly string[] {
  return members.flatMap((leader) =>
    members.flatMap((follower) => {
      const heartbeatMs = Number(leader.settings?.['heartbeat'])
      const patienceMs = Number.parseInt(follower.settings?.['election-timeout'] ?? '', 10)
      if (leader === follower || !(heartbeatMs >= patienceMs)) return []
      return [
        `while ${leader.id} leads, ${follower.id} stands for election again and again: it waits ${patienceMs} ms for a heartbeat ` +
          `(--election-timeout), and ${leader.id} sends one every ${heartbeatMs} ms (--heartbeat)`,
      ]
    }),
  )
}
