/**
 * Everything dies at once, and only a majority comes back: it must go on, whatever it no longer knows of the commit.
 */
import type { Test } from 'tap'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

/** All are killed, all but one start again and commit; then the one as well, and another is left out. */
async function restartWithoutEach(stage: Stage): Promise<void> {
  const { cluster, starter } = stage
  for (const absent of cluster.nodes) {
    for (const { process } of cluster.nodes) process.crash()
    starter.startDown(absent)
    await stage.serves()
  }
}

/** The tests, each with so many seeds. */
export function restartTests(t: Test, seeds: number): void {
  void t.test('of three members that were all killed any two go on', async (t) => {
    for (let seed = 1; seed <= seeds; seed++) {
      await t.resolves(
        restartWithoutEach(await quietStage(seed, { snapshotLimits: undefined })),
        `seed ${seed}`,
      )
    }
  })

  void t.test('of three members that were all killed any two go on from their snapshots', async (t) => {
    const snapshotLimits = { entries: 2, size: 100_000, keptEntries: 1, keptSize: 100_000 }
    for (let seed = 1; seed <= seeds; seed++) {
      const stage = await quietStage(seed, { snapshotLimits })
      await t.resolves(restartWithoutEach(stage), `seed ${seed}`)
      t.ok((stage.world.tally.get('restarts from a snapshot') ?? 0) > 0)
    }
  })

  void t.test('a member that was added counts after a restart of all, whoever is missing', async (t) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const stage = await quietStage(seed, { members: 4, snapshotLimits: undefined })
      const { cluster } = stage
      const joiner = cluster.join()
      await stage.achieve('it is added', async () => {
        const { leader } = cluster
        if (leader === undefined) return false
        const { told } = await stage.calls.attempt(leader, 'member.addMember', [joiner.id, joiner.uri])
        return told === 'acknowledged'
      })
      await stage.run(300)
      await t.resolves(restartWithoutEach(stage), `seed ${seed}`)
    }
  })
}
