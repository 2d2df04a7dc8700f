/**
 * `npm run figures [-- --simulated] [--check] [--quick] [--line 150-300 …]`: the paper's Figure 16 and the thesis's
 * answers for a wide-area network, ours beside the published numbers, and the curves under docs/internals/figures. With
 * `--check` it exits 1 when a known answer is missed.
 */
import { mkdirSync } from 'node:fs'
import type { Curve } from './chart.js'
import type { Lines } from './curves.js'
import { writeFigure16, writeWan } from './curves.js'
import type { Distribution } from './distribution.js'
import { optionsOf } from './options.js'
import { measureLine } from './processes.js'
import type { PublishedLine } from './published.js'
import { nameOf, WAN } from './published.js'
import { simulateLine, simulateWan } from './simulated.js'
import { FIGURE_16_HEAD, figure16Row, meanError, medianError, WAN_HEAD, wanRow } from './tables.js'

/** With less randomness split votes decide, and how often they come is a matter of the machines. */
const CHECKED_WIDTH_MS = 25
const MEDIAN_TOLERANCE = 0.15
const MEAN_TOLERANCE = 0.05

const options = optionsOf(process.argv.slice(2))
const missed: string[] = []
const tasks: (() => unknown)[] = []
const teardown = { teardown: (task: () => unknown) => void tasks.unshift(task) }

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function simulatedFigure16(preVote: boolean): Lines {
  say(...FIGURE_16_HEAD)
  const lines = new Map<PublishedLine, Distribution>()
  for (const line of options.lines) {
    const ours = simulateLine(line, options.trials, preVote)
    lines.set(line, ours)
    say(figure16Row(line, ours))
  }
  return lines
}

function checkMedians(lines: Lines): void {
  for (const [line, ours] of lines) {
    const { min, max } = line.timeout
    if (max - min < CHECKED_WIDTH_MS || Math.abs(medianError(line, ours)) <= MEDIAN_TOLERANCE) continue
    missed.push(`the median of ${nameOf(line.timeout)} ms agrees with Figure 16 within 15 %`)
  }
}

function simulatedWan(): void {
  const trials = options.trials * 20
  say(
    '',
    `A wide-area network, simulated, ${trials.toLocaleString('en-US')} elections a line, ours / published, in ms`,
    '',
  )
  say(...WAN_HEAD)
  const curves: Curve[] = []
  for (const [preVote, algorithm] of [
    [false, 'the paper’s'],
    [true, 'with pre-vote'],
  ] as const) {
    for (const answer of WAN) {
      const times = simulateWan(answer, trials, preVote)
      say(wanRow(answer, algorithm, times))
      const published = preVote ? [] : [{ at: answer.p999, q: 0.999 }]
      curves.push({ name: `${answer.down} down${preVote ? ', pre-vote' : ''}`, times, published })
      if (!preVote && Math.abs(meanError(answer, times)) > MEAN_TOLERANCE)
        missed.push(`the mean with ${answer.down} of 5 down agrees with the thesis within 5 %`)
    }
  }
  writeWan(options.folder, curves)
}

async function realFigure16(): Promise<Lines> {
  say(
    '',
    `Figure 16, five processes on this machine, ${options.kills} trials a line, ours / published, in ms`,
    '',
  )
  say(...FIGURE_16_HEAD)
  const lines = new Map<PublishedLine, Distribution>()
  for (const line of options.lines) {
    const ours = await measureLine(teardown, line.timeout, options.kills)
    if (ours !== undefined) lines.set(line, ours)
    say(ours === undefined ? `| ${nameOf(line.timeout)} | no leader lasted |` : figure16Row(line, ours))
  }
  return lines
}

try {
  mkdirSync(options.folder, { recursive: true })
  say(
    `Figure 16, simulated, ${options.trials.toLocaleString('en-US')} trials a line, ours / published, in ms`,
    '',
  )
  const asShipped = simulatedFigure16(true)
  checkMedians(asShipped)
  writeFigure16(options.folder, 'figure-16.svg', 'Figure 16, simulated', asShipped)
  say('', 'The same without pre-vote', '')
  simulatedFigure16(false)
  if (!options.linesOnly) simulatedWan()
  if (!options.simulated) {
    const title = 'Figure 16, five processes'
    writeFigure16(options.folder, 'figure-16-processes.svg', title, await realFigure16())
  }
} finally {
  for (const task of tasks) await task()
}
if (options.check && missed.length > 0) {
  process.stderr.write(missed.map((name) => `missed: ${name}\n`).join(''))
  process.exitCode = 1
}
