/** Connections that carry little: a large command is under way for longer than an election timeout. */
import assert from 'node:assert/strict'
import t from 'tap'
import { PEACE } from '../../testing/simulator/paths.js'
import { quietStage } from './quiet-stage.js'

const SEEDS = 4
/** 1.6 Mbit/s. */
const BYTES_PER_MS = 200
/** Three quarters of a second of it; elections time out after at most 300 ms. */
const LARGE = 'x'.repeat(150_000)

t.test('a large command is committed, and heartbeats get by: nobody stands for election', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const stage = await quietStage(seed, { snapshotLimits: undefined })
    stage.cluster.network.paths.faults = { ...PEACE, bytesPerMs: BYTES_PER_MS }
    const { leader } = stage.cluster
    const before = leader?.replica?.raft.view.currentTerm
    assert.ok(leader)
    await stage.achieve('a large command', async () => {
      const { told } = await stage.calls.attempt(leader, 'kv.set', ['large', LARGE])
      return told === 'acknowledged'
    })
    t.equal(stage.cluster.leader?.replica?.raft.view.currentTerm, before, `seed ${seed}`)
  }
})
