/** Two flags that must fit to each other, whichever of them is given. */
import { memberSettings, unfitRhythm, type GivenSettings } from '../member-settings.js'
import { UsageError } from './report.js'

export interface RhythmFlags {
  readonly heartbeat?: GivenSettings['heartbeat']
  readonly 'election-timeout'?: GivenSettings['electionTimeout']
}

/** @throws UsageError where members would stand for election while their leader is there */
export function demandFitRhythm({ heartbeat, 'election-timeout': electionTimeout }: RhythmFlags): void {
  const settings = memberSettings({ heartbeat, electionTimeout })
  if (unfitRhythm(settings) === undefined) return
  throw new UsageError(
    `--heartbeat must be below the lower number of --election-timeout, or members stand for election while their ` +
      `leader is there: ${settings.heartbeat} is not below ${settings.electionTimeout.min}`,
  )
}
