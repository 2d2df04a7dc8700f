/** The stories that there are of a seed. */
import { barriers } from './barriers.js'
import { limiters } from './limiters.js'
import { mixed } from './mixed.js'
import { namesakes } from './namesakes.js'
import { onces } from './onces.js'
import { queues } from './queues.js'
import { restored } from './restored.js'
import { schedules } from './schedules.js'
import { simulate, type SimulationOptions } from './simulation.js'
import type { Story } from './story.js'
import { timelines } from './timelines.js'
import { transfers } from './transfers.js'
import { turns } from './turns.js'

export type Tale = (seed: number, options: SimulationOptions) => Promise<Story>

/** `faults`: everything that may befall one cluster. */
export const STORIES = {
  faults: simulate,
  restored,
  mixed,
  namesakes,
  transfers,
  turns,
  timelines,
  queues,
  schedules,
  barriers,
  onces,
  limiters,
} as const satisfies Readonly<Record<string, Tale>>

export type Title = keyof typeof STORIES

export function isTitle(text: string): text is Title {
  return Object.hasOwn(STORIES, text)
}

/** Each seed has its faults, and another story beside them: these in turn. */
const BESIDE = Object.keys(STORIES)
  .filter(isTitle)
  .filter((title) => title !== 'faults')

export function titlesOf(seed: number): readonly Title[] {
  const beside = BESIDE[seed % BESIDE.length]
  return beside === undefined ? ['faults'] : ['faults', beside]
}
