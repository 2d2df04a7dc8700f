import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lockFolder, lockFolderByFile } from '../../lib/system/lock.js'
import { plainNode } from '../harness/processes.js'

const lockModule = new URL('../../lib/system/lock.js', import.meta.url).href

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-lock-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

/** A process that holds the lock until it is killed. Resolves when it has it. */
async function holder(t: Test, lock: string, path: string) {
  const program = `
    import { ${lock} } from ${JSON.stringify(lockModule)}
    await ${lock}(${JSON.stringify(path)})
    console.log('locked')
    setInterval(() => undefined, 1000)`
  const child = spawn('env', [...plainNode, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

for (const lock of [lockFolder, lockFolderByFile]) {
  void t.test(lock.name, { skip: process.platform === 'win32' }, async (t) => {
    await t.test('a folder is locked once, and free again after its release', async (t) => {
      const path = await folder(t)
      const held = await lock(path)
      await t.rejects(lock(path), { message: new RegExp(`${path} is in use by another process`) })
      await held.release()
      await held.release()
      await (await lock(path)).release()
    })

    await t.test('two folders do not hinder each other', async (t) => {
      const [a, b] = [await lock(await folder(t)), await lock(await folder(t))]
      await a.release()
      await b.release()
    })

    await t.test('another process holds it, and a SIGKILL leaves nothing behind', async (t) => {
      const path = await folder(t)
      const child = await holder(t, lock.name, path)
      await t.rejects(lock(path), /in use by another process/)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await (await lock(path)).release()
    })
  })
}

void t.test('a folder that is not there is refused by its name', async (t) => {
  await t.rejects(lockFolder('/no/such/folder'), /\/no\/such\/folder/)
})
