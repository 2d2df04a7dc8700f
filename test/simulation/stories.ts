/** The stories that there are of a seed. */
import { barriers } from './barriers.js'
import { mixed } from './mixed.js'
import { namesakes } from './namesakes.js'
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
} as const satisfies Readonly<Record<string, Tale>>

export type Title = keyof typeof STORIES

export function isTitle(text: string): text is Title {
  return Object.hasOwn(STORIES, text)
}

/** Each seed has its faults, and of ten in a row nine another story beside them. */
const BESIDE: readonly Title[] = [
  'restored',
  'mixed',
  'namesakes',
  'transfers',
  'turns',
  'timelines',
  'queues',
  'schedules',
  'barriers',
]
const IN_A_ROW = 10

export function titlesOf(seed: number): readonly Title[] {
  const beside = BESIDE[seed % IN_A_ROW]
  return beside === undefined ? ['faults'] : ['faults', beside]
}
