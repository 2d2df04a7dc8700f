/**
 * `npm run sim`: plays seeds, and tells of those that fail how to play them alone. Exit code 1 if one does, or if too
 * many histories could not be judged.
 */
import { parseArgs } from 'node:util'
import type { SimulationOptions } from './simulation.js'
import { isTitle, STORIES, titlesOf, type Title } from './stories.js'
import { SimulationFailure, type Story } from './story.js'
import { tooUndecided } from './undecided.js'

const HELP = `npm run sim -- [--seeds N] [--seed S] [--story NAME] [--events N] [--trace]

  --seeds N    how many seeds, from 1 on, or from the one that --seed names; default 100
  --seed S     this one; alone, unless --seeds is given too
  --story NAME faults: all that may befall one cluster; restored: it is founded anew from a backup while some members still
               run as they were; mixed: one member is restored, and the others begin with empty folders; namesakes: two
               clusters of one name on one name server; transfers: entries of several commands; turns: locks; queues: jobs
               for workers; schedules: ticks and ids; barriers: parties that pass together; onces: jobs that are run
               once; limiters: permits for all together; timelines: two clusters of examples/social, and who carries
               between them. Default: faults, and with each seed another story beside them, these in turn; faults alone
               for a single seed
  --events N   the faults of a seed end after so many events; default: when its plan says so
  --trace      prints every line of a seed's story

A seed that fails prints the rule that was broken, the last events, and the command that plays it again.`

const LAST_EVENTS = 60
/** Somebody who waits is told how far it is after so many seeds. */
const SEEDS_OF_A_LINE = 100

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    story: { type: 'string' },
    events: { type: 'string' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** One seed was asked for, and no more. */
const isAlone = values.seed !== undefined && values.seeds === undefined

if (values.help) console.log(HELP)
else await play()

async function play(): Promise<void> {
  const first = whole('seed', values.seed ?? '1')
  const count = whole('seeds', values.seeds ?? (values.seed === undefined ? '100' : '1'))
  const options: SimulationOptions = {
    isTraceWhole: values.trace,
    ...(values.events !== undefined && { events: whole('events', values.events) }),
  }
  const tally = new Map<string, number>()
  const begin = performance.now()
  let failed = 0
  for (let seed = first; seed < first + count; seed++) {
    for (const title of titles(seed)) {
      const story = await playOne(title, seed, options)
      if (story === undefined) failed++
      else for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
    }
    const played = seed - first + 1
    if (process.stderr.isTTY && played % SEEDS_OF_A_LINE === 0)
      process.stderr.write(`${played} of ${count} seeds, ${failed} failed\n`)
  }
  const minutes = (performance.now() - begin) / 60_000
  for (const [what, times] of [...tally].sort()) console.log(`${String(times).padStart(8)} ${what}`)
  console.log(`${count} seeds, ${failed} failed, ${Math.round(count / minutes)} seeds a minute`)
  const undecided = tooUndecided(tally)
  if (undecided !== undefined) console.error(`error: ${undecided}`)
  if (failed > 0 || undecided !== undefined) process.exitCode = 1
}

/** What is played of the seed. */
function titles(seed: number): readonly Title[] {
  if (values.story === undefined) return isAlone ? ['faults'] : titlesOf(seed)
  if (isTitle(values.story)) return [values.story]
  console.error(
    `error: --story wants one of ${Object.keys(STORIES).join(', ')}, and not ${values.story}\n\n${HELP}`,
  )
  process.exit(2)
}

async function playOne(title: Title, seed: number, options: SimulationOptions): Promise<Story | undefined> {
  try {
    const story = await STORIES[title](seed, options)
    if (values.trace) console.log(story.trace.join('\n'))
    if (isAlone)
      console.log(`seed ${seed}: ${story.acknowledged} commands acknowledged, story ${story.fingerprint}`)
    return story
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    const events = values.events === undefined ? '' : ` --events ${values.events}`
    const { lastEvents, rule } = error
    console.log((values.trace ? lastEvents : lastEvents.slice(-LAST_EVENTS)).join('\n'))
    console.log(`\nseed ${seed} failed: ${rule}`)
    if (values.trace && error.cause instanceof Error) console.log(error.cause.stack)
    const story = title === 'faults' ? '' : ` --story ${title}`
    console.log(`again: npm run sim -- --seed ${seed}${story}${events}\n`)
    return undefined
  }
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  console.error(`error: --${name} wants a whole number from 1 up, and not ${JSON.stringify(text)}\n\n${HELP}`)
  process.exit(2)
}
