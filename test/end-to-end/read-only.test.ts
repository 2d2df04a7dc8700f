/** Folders and backups on a medium that can't be written to: they can be looked at, and made into new folders. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Operator } from '../harness/operator.js'
import { temporaryFolder } from '../harness/processes.js'

/** The folder as if it lay on such a medium. Linux and root are needed. */
function mounted(t: Test, folder: string, place: string): boolean {
  mkdirSync(place)
  if (spawnSync('mount', ['--bind', folder, place]).status !== 0) return false
  t.teardown(() => spawnSync('umount', ['--lazy', place]))
  return spawnSync('mount', ['-o', 'remount,ro,bind', place]).status === 0
}

t.test('bug: verify, inspect and restore wanted to write where they only read', async (t) => {
  const operator = await Operator.start(t, 1)
  const { cluster, client } = operator
  await client.call('kv', 'set', ['greeting', 'hello'])
  t.equal((await operator.run('backup', '.rollcall/monday.backup')).status, 0)
  await cluster.kill('node1')
  const medium = join(temporaryFolder(t), 'medium')
  if (!mounted(t, join(cluster.folder, '.rollcall'), medium))
    return void t.pass('nothing can be mounted here')

  const commands = [
    ['verify', `${medium}/node1`],
    ['inspect', `${medium}/node1`],
    ['verify', `${medium}/monday.backup`],
    [
      'restore',
      `${medium}/monday.backup`,
      '--id',
      'a',
      '--members',
      'a@localhost:9121',
      '--data',
      'restored',
    ],
  ]
  for (const command of commands) {
    const { status, stderr } = await operator.local(...command)
    t.same([status, stderr], [0, ''], command.join(' '))
  }
  const { status, stderr } = await operator.local('recover', 'node1', '--data', `${medium}/node1`, '--yes')
  t.equal(status, 1)
  t.match(stderr, /^error: \w+: .*medium/, 'what has to write says where it can not')
})
