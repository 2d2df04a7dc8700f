/** Names at one name server: what a registration costs beside those that are there, and what holds it up meanwhile. */
import type { Teardown } from '../../test/harness/cluster.js'
import { usageOf } from '../compare/usage.js'
import type { LoadResult } from '../load.js'
import { count, say, size, target, time } from '../report.js'
import { residentMax } from '../vitals.js'
import { Grown } from './grown.js'

/** A registration is measured over so many. */
const MEASURED = 2_000
/** What one turn may take of a processor. */
const TURN_MS_MAX = 10

export async function names(teardown: Teardown, isFull: boolean): Promise<void> {
  const grown = await Grown.start(teardown, 3)
  const { subject } = grown.nameserver
  let there = 0
  const register = async (names: number): Promise<LoadResult> => {
    const done = await grown.tell<LoadResult>({ type: 'register', from: there, names })
    there += names
    return done
  }
  for (const names of [2_000, 20_000, ...(isFull ? [95_000] : [])]) {
    await register(names - there)
    const began = Date.now()
    const before = usageOf(subject.pid).cpuNs
    const { perSecond } = await register(MEASURED)
    const us = (usageOf(subject.pid).cpuNs - before) / 1000 / MEASURED
    await grown.tell({ type: 'list' })
    const held = grown.longestTurn(began)
    const figures = `${us.toFixed(1)} µs of processor, ${count(perSecond)}/s`
    say(`a registration beside ${count(names)} names`, figures, `longest turn ${time(held)} of a processor`)
    target(`no turn over ${TURN_MS_MAX} ms beside ${count(names)} names`, held <= TURN_MS_MAX)
  }
  say(`${count(there)} names: the name server`, `${size(residentMax(subject.pid))} of memory`)
  await grown.end()
}
