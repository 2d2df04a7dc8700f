/** A member's folder is put back as it once was, and others that were away are up with it. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'

t.test('an older copy of a folder does not lose what its member has acknowledged since', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const folder = (name: string) => join(cluster.folder, '.rollcall', name)
  const isLevel = async (beyond = 0) => {
    const [first] = await operator.until((all) => {
      const last = Math.max(...all.map(({ lastIndex }) => lastIndex))
      return all.length === 3 && last > beyond && all.every(({ commitIndex }) => commitIndex === last)
    })
    return first?.lastIndex
  }
  await client.call('kv', 'set', ['a', 1])
  const before = await isLevel()
  await cluster.kill('node3')
  await cp(folder('node3'), folder('copy'), { recursive: true })
  await operator.startAgain('node3').says(/ready/)
  await isLevel(before) // All know of the start that the copy lacks.
  const leader = await cluster.leader(client)
  const away = cluster.ids.find((id) => id !== leader && id !== 'node3') ?? 'nobody'
  t.not(leader, 'node3', 'it was down when the others chose')
  await cluster.kill(away)
  await client.call('kv', 'set', ['a', 2])

  await cluster.kill('node3', leader)
  await rm(folder('node3'), { recursive: true })
  await cp(folder('copy'), folder('node3'), { recursive: true })
  const copy = operator.startAgain('node3')
  const back = operator.startAgain(away)
  await back.says(/the data folder of node3 is an older copy: /)
  const seen = await operator.run('doctor')
  t.equal(seen.status, 1)
  t.match(
    seen.stdout,
    /PROBLEM  node3 .*its data folder is an older copy.*→ start those that were up since: a majority of the voters has to be up without it/,
  )
  operator.startAgain(leader)
  await copy.says(/node3 has caught up with what its data folder lacked, and counts again/)
  t.equal(await client.call('kv', 'get', ['a']), 2)
  await isLevel()
  await cluster.kill(leader)
  t.equal(await client.call('kv', 'set', ['a', 3]), 2, 'and without that leader')
})
