import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { claimFolder } from '../../lib/system/folder-claim.js'
import { isFolderInUse, lockFolder, lockFolderByFile, lockFolderToRead } from '../../lib/system/lock.js'
import { plainNode } from '../harness/processes.js'

const claimModule = new URL('../../lib/system/folder-claim.js', import.meta.url).href
const lockModule = new URL('../../lib/system/lock.js', import.meta.url).href

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-lock-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

/** A process that holds the lock until it is killed. Resolves when it has it. `around`: what it is started by. */
async function holder(t: Test, lock: string, path: string, around: readonly string[] = []) {
  return started(
    t,
    `
    import { ${lock} } from ${JSON.stringify(lockModule)}
    await ${lock}(${JSON.stringify(path)})
    console.log('locked')
    setInterval(() => undefined, 1000)`,
    around,
  )
}

/** Resolves when the program has said something. */
async function started(t: Test, program: string, around: readonly string[] = [], uid?: number) {
  const child = spawn(
    around[0] ?? 'env',
    [
      ...around.slice(1),
      ...(around.length > 0 ? ['env'] : []),
      ...plainNode,
      '--input-type=module',
      '-e',
      program,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid !== undefined && { uid }),
    },
  )
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

    await t.test(
      'bug: where its file could not be removed the folder stayed locked, and its end failed',
      async (t) => {
        const path = await folder(t)
        const held = await lock(path)
        const moved = `${path}-moved`
        await rename(path, moved)
        await writeFile(path, 'no folder')
        await held.release()
        await rm(path)
        await (await lock(moved)).release()
        await rename(moved, path)
      },
    )

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

/** What a killed process leaves behind: a socket on which nobody listens. */
async function leaveStale(path: string, name: string): Promise<void> {
  const server = createServer().listen(join(path, 'made'))
  await once(server, 'listening')
  await rename(join(path, 'made'), join(path, name))
  server.close()
  await once(server, 'close')
}

const POSIX = { skip: process.platform === 'win32' }
const LINUX = { skip: process.platform !== 'linux' }
const isRoot = process.getuid?.() === 0
const NOBODY = 65534

for (const [kind, take, rounds] of [
  ['file', 'lockFolderByFile', 20],
  ['socket', 'claimFolder', 200],
] as const)
  void t.test(
    `of many processes that race for a ${kind} that was left over exactly one gets it`,
    POSIX,
    async (t) => {
      const program = `data:text/javascript,${encodeURIComponent(`
    import { ${take} as take } from ${JSON.stringify(kind === 'file' ? lockModule : claimModule)}
    let lock
    process.on('message', async (path) => {
      if (path === '') await lock?.release()
      lock = undefined
      if (path !== '') lock = await take(path).catch((error) => void error)
      process.send(lock !== undefined)
    })
    process.send('ready')`)}`
      const start = async (): Promise<ChildProcess> => {
        const child = fork('-e', [`import(${JSON.stringify(program)})`], {
          execPath: process.execPath,
          execArgv: [],
        })
        t.teardown(() => child.kill('SIGKILL'))
        await once(child, 'message')
        return child
      }
      const racers = await Promise.all(Array.from({ length: 4 }, start))
      const tell = (message: string) =>
        Promise.all(
          racers.map(async (racer) => {
            const answer = once(racer, 'message')
            racer.send(message)
            return (await answer)[0] === true
          }),
        )
      const path = await folder(t)
      for (let round = 1; round <= rounds; round++) {
        if (kind === 'file') await writeFile(join(path, 'lock'), '')
        else await leaveStale(path, `lock-${String(round % 10).repeat(16)}`)
        const won = (await tell(path)).filter(Boolean).length
        if (won !== 1) t.fail(`round ${round}: ${won} have it`)
        await tell('')
      }
      t.same(await readdir(path), [], 'nothing is left behind')
    },
  )

void t.test('of many that race in one process exactly one gets it', POSIX, async (t) => {
  const path = await folder(t)
  for (let round = 1; round <= 5; round++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => lockFolderByFile(path)))
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    t.equal(won.length, 1)
    await won[0]?.release()
    t.same(await readdir(path), [])
  }
})

void t.test('what a killed process leaves is a plain file, which can be copied', LINUX, async (t) => {
  const path = await folder(t)
  const child = await holder(t, 'lockFolder', path)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await cp(path, join(await folder(t), 'copy'), { recursive: true })
  t.equal(await isFolderInUse(path), false)
  await (await lockFolder(path)).release()
  t.same(await readdir(path), [])
})

void t.test('whoever only asks turns nobody away', POSIX, async (t) => {
  const path = await folder(t)
  await writeFile(join(path, 'lock'), '')
  for (let round = 1; round <= 10; round++) {
    const [held] = await Promise.all([lockFolderByFile(path), isFolderInUse(path), isFolderInUse(path)])
    await held.release()
  }
})

void t.test('the lock as a socket, where there is none of the kernel', POSIX, async (t) => {
  const path = await folder(t)
  const held = await claimFolder(path)
  t.equal(await claimFolder(path), undefined)
  t.equal(await isFolderInUse(path), true)
  await t.rejects(lockFolder(path), /in use by another process/, 'whoever has the other kind sees it')
  await held?.release()
  await leaveStale(path, `lock-${'0'.repeat(16)}`)
  await (await claimFolder(path))?.release()
  t.same(await readdir(path), [])
})

void t.test(
  'a process in another network namespace, as in another container, finds the folder in use',
  async (t) => {
    const around = ['unshare', '-n']
    if (spawnSync('unshare', ['-n', 'true']).status !== 0) return void t.pass('there are no namespaces here')
    const path = await folder(t)
    await holder(t, 'lockFolder', path, around)
    t.equal(await isFolderInUse(path), true)
    await t.rejects(lockFolder(path), /in use by another process/)
  },
)

void t.test('a process that is stopped still has its folder', POSIX, async (t) => {
  const path = await folder(t)
  const child = await holder(t, 'lockFolderByFile', path)
  child.kill('SIGSTOP')
  t.equal(await isFolderInUse(path), true)
  await t.rejects(lockFolderByFile(path), /in use by another process/)
})

void t.test('a folder whose path is too long for a socket is locked all the same', POSIX, async (t) => {
  const path = join(await folder(t), 'a'.repeat(90), 'b'.repeat(90))
  await mkdir(path, { recursive: true })
  const held = await lockFolderByFile(path)
  await t.rejects(lockFolderByFile(path), /in use by another process/)
  t.equal(await isFolderInUse(path), true)
  await held.release()
  t.equal(await isFolderInUse(path), false)
  t.same(await readdir(path), [])
})

async function abstractName(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true })
  return `\0rollcall-${dev}-${ino}`
}

async function squatter(t: Test, path: string, uid?: number) {
  const name = JSON.stringify(await abstractName(path))
  return started(
    t,
    `import { createServer } from 'node:net'
    createServer((socket) => socket.destroy()).listen(${name}, () => console.log('there'))`,
    [],
    uid,
  )
}

void t.test(
  'a process of an older version, which has the folder by a name outside of the file system, is seen',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const path = await folder(t)
    await squatter(t, path)
    t.equal(await isFolderInUse(path), true)
    await t.rejects(lockFolder(path), /in use by another process/)
  },
)

void t.test(
  'somebody who may not write into the folder can not block it by that name',
  { skip: process.platform !== 'linux' || !isRoot },
  async (t) => {
    const path = await folder(t)
    await squatter(t, path, NOBODY)
    t.equal(await isFolderInUse(path), false)
    const held = await lockFolder(path)
    await t.rejects(lockFolder(path), /in use by another process/)
    await held.release()
  },
)

void t.test('a folder that can only be read is locked for reading while nobody has it', POSIX, async (t) => {
  const path = await folder(t)
  await writeFile(join(path, 'member.json'), '')
  await chmod(path, 0o555)
  t.teardown(() => chmod(path, 0o755))
  const lock = await lockFolderToRead(path)
  await lock.release()
  await chmod(path, 0o755)
  const held = await lockFolder(path)
  await t.rejects(lockFolderToRead(path), /in use by another process/)
  await held.release()
})
