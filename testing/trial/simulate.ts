import { TrialRun } from './run.js'
import type { Trial, TrialReport } from './trial.js'

const SEEDS = 10

/**
 * Tries an object out: hosts it on simulated nodes (the shipped ones, on a simulated network, clock and disk), lets clients
 * call it while nodes crash, stand still and are cut off, messages and what was not synced get lost, and disks fill up; then
 * without faults. In each run
 *
 * - Raft's safety properties, and the trial's invariants on every copy, hold after every event;
 * - once the faults are over, calls are answered, and all copies come to the same;
 * - what the clients were told is linearizable: some order of the calls, true to their times, explains every answer.
 *
 * @throws TrialFailure for the first run in which one of these is not so
 * @throws UnsuitableClassError for a class that can't be replicated
 */
export async function simulate<Shared extends object, State>(
  trial: Trial<Shared, State>,
): Promise<TrialReport> {
  const { seed, seeds = SEEDS } = trial
  const first = seed ?? 1
  const last = seed ?? seeds
  let [answered, unknown, undecided] = [0, 0, 0]
  const faults = new Map<string, number>()
  for (let each = first; each <= last; each++) {
    const report = await new TrialRun(trial, each).run()
    answered += report.answered
    unknown += report.unknown
    if (report.isUndecided) undecided++
    for (const [what, times] of report.faults) faults.set(what, (faults.get(what) ?? 0) + times)
  }
  return { seeds: last - first + 1, answered, unknown, undecided, faults }
}
