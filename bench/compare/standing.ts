/** One that is compared, started in a folder of its own and ended again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from '../../test/harness/cluster.js'
import type { Contender, Standing } from './contender.js'
import type { Subject } from './subject.js'

export interface Stand extends Standing {
  readonly end: () => Promise<void>
}

/** Ends at the latest with `teardown`. */
export async function stand(teardown: Teardown, contender: Contender): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-compare-'))
  const subjects: Subject[] = []
  const end = async (): Promise<void> => {
    await Promise.all(subjects.map((subject) => subject.end()))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  teardown.teardown(end)
  const standing = await contender.start(folder, (subject) => {
    subjects.push(subject)
    return subject
  })
  return { ...standing, end }
}
