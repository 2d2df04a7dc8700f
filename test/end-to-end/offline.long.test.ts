/** A cluster is restored from a file, with nobody running. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../harness/processes.js'
import { backupIn, rollcall } from './offline-commands.js'

t.test('restore makes folders of a new cluster, each once', async (t) => {
  const folder = temporaryFolder(t)
  await backupIn(folder)
  const members = ['--members', 'a@localhost:7001,b@localhost:7002', '--cluster', 'second']
  const sound = await rollcall(t, folder, 'verify', 'monday.backup')
  t.match(
    sound.stdout,
    /^sound: a backup up to entry 70, 2 pieces, \d+ bytes, voters old, cluster id old-id\n$/,
  )
  const restored = await rollcall(t, folder, 'restore', 'monday.backup', '--id', 'a', ...members)
  t.equal(restored.status, 0, restored.stderr)
  t.match(restored.stdout, /^a stands at entry 70, term 9, in \.rollcall\/a\. Restore b from the same file/)
  const inspected = await rollcall(t, folder, 'inspect', '.rollcall/a', '--json')
  t.match(JSON.parse(inspected.stdout), {
    member: { id: 'a', cluster: 'second', bootstrap: { voters: ['a', 'b'] } },
    hardState: { currentTerm: 9, votedFor: null },
    snapshot: { position: { index: 70, term: 9, configuration: { voters: ['a', 'b'] } }, chunks: 2 },
    entries: { count: 0 },
  })
  t.equal((await rollcall(t, folder, 'verify', '.rollcall/a')).status, 0)
  const again = await rollcall(t, folder, 'restore', 'monday.backup', '--id', 'a', ...members)
  t.equal(again.status, 1)
  t.match(
    again.stderr,
    /^error: FOLDER_NOT_EMPTY: \.rollcall\/a .* Use another one, or remove this one first/,
  )
  const data = ['--data', join(folder, 'another')]
  const another = await rollcall(t, folder, 'restore', 'monday.backup', '--id', 'a', ...members, ...data)
  t.equal(another.status, 0, another.stderr)
  rmSync(join(folder, '.rollcall', 'a'), { recursive: true })
  const removed = await rollcall(t, folder, 'restore', 'monday.backup', '--id', 'a', ...members)
  t.equal(removed.status, 0, removed.stderr)
})
