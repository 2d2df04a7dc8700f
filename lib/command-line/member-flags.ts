/** The flags that say how a member is, wherever it is started: whoever starts members hands them on. */
import type { RangeMs } from '../member-settings.js'
import { DOOR_FLAGS, LOG_FLAGS, MDNS_FLAGS } from './flag-groups.js'
import type { FlagName, FlagValues } from './flags.js'

export const MEMBER_FLAGS = [
  'nameserver',
  ...MDNS_FLAGS,
  ...DOOR_FLAGS,
  'cluster',
  'objects',
  'log-keep',
  'election-timeout',
  'heartbeat',
  'read-lease',
  'method-limit',
  'state-bytes',
  'priority',
  ...LOG_FLAGS,
] as const satisfies readonly FlagName[]

export type MemberFlags = FlagValues<(typeof MEMBER_FLAGS)[number]>

/** The values of `names`, written as on a command line; those that nobody has set are left out. */
export function written<Name extends FlagName>(
  names: readonly Name[],
  values: FlagValues<Name>,
): readonly string[] {
  return names.flatMap((name) => {
    const value: FlagValue = values[name]
    if (value === undefined || value === false) return []
    return value === true ? [`--${name}`] : [`--${name}`, text(value)]
  })
}

type FlagValue = FlagValues<FlagName>[FlagName]

function text(value: NonNullable<FlagValue>): string {
  if (typeof value === 'object') return 'min' in value ? rangeText(value) : value.join(',')
  return String(value)
}

const rangeText = ({ min, max }: RangeMs): string => `${min}-${max}`
