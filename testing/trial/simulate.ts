import { demandTrial, runsOf } from './options.js'
import { TrialRun } from './run.js'
import { TrialFailure } from './trial.js'
import type { Trial, TrialReport } from './trial.js'

/**
 * Tries an object out: hosts it on simulated nodes (the shipped ones, on a simulated network, clock and disk), lets
 * clients call it while nodes crash, stand still and are cut off, messages and what was not synced get lost, and disks
 * fill up; then without faults. In each run
 *
 * - Raft's safety properties, and the trial's invariants on every copy, hold after every event;
 * - once the faults are over, calls are answered, and all copies come to the same;
 * - what the clients were told is linearizable: some order of the calls, true to their times, explains every answer.
 *
 * @throws TypeError or RangeError for options that are none
 * @throws TrialFailure for the first run in which one of these is not so, and when no history could be judged
 * @throws UnsuitableClassError for a class that can't be replicated
 */
export async function simulate<Shared extends object, State>(
  trial: Trial<Shared, State>,
): Promise<TrialReport> {
  demandTrial(trial)
  const { firstSeed, runs } = runsOf(trial)
  let [answered, unknown, undecided] = [0, 0, 0]
  const faults = new Map<string, number>()
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const report = await new TrialRun(trial, seed).run()
    answered += report.answered
    unknown += report.unknown
    if (report.isUndecided) undecided++
    for (const [what, times] of report.faults) faults.set(what, (faults.get(what) ?? 0) + times)
  }
  if (undecided === runs) throw new TrialFailure(firstSeed, unjudged(runs))
  return { runs, answered, unknown, undecided, faults }
}

function unjudged(runs: number): string {
  return (
    `whether the clients were told what is linearizable was too hard a question in ${runs === 1 ? 'this run' : `all ${runs} runs`}: ` +
    'give a `model` whose `partition` tells apart what is independent, or whose states are fewer'
  )
}
