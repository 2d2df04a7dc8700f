/** Daemons that listen at a path, for processes of the same machine. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { connect, exposed, serve, startDaemon, type Remote, type Rollcall } from '../../../api.js'
import { temporaryFolder } from '../../harness/processes.js'
import { NameServerScene } from '../../nameserver/scene.js'

const clock = exposed({ year: () => 2026 }, ['year'])

const pathIn = (t: Test): string => join(temporaryFolder(t), 'clock')

async function client(t: Test, nameserver?: string): Promise<Rollcall> {
  const made = await connect(nameserver === undefined ? {} : { nameserver })
  t.teardown(() => made.close())
  return made
}

t.test('an object is called at its path, and the path is free again afterwards', async (t) => {
  const path = pathIn(t)
  const daemon = await startDaemon({ path })
  t.teardown(() => daemon.close())
  const uri = daemon.register(clock, { id: 'clock' })
  t.equal(uri, `clock@unix:${path}`)
  t.equal(daemon.place, `unix:${path}`)
  const rollcall = await client(t)
  t.equal(await rollcall.object<typeof clock>(uri).year(), 2026)
  await daemon.close()
  t.notOk(existsSync(path))
})

t.test('it is found by its name', async (t) => {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const service = await serve({ clock }, { nameserver: names.address, path: pathIn(t) })
  t.teardown(() => service.close())
  const rollcall = await client(t, names.address)
  t.equal(await rollcall.object<typeof clock>('clock').year(), 2026)
})

t.test('it answers HTTP there, too', async (t) => {
  const socketPath = pathIn(t)
  await using daemon = await startDaemon({ path: socketPath })
  daemon.register(clock, { id: 'clock' })
  const headers = { 'content-type': 'application/json' }
  const asking = request({ socketPath, method: 'POST', path: '/', host: 'localhost', headers })
  asking.end('{"jsonrpc":"2.0","id":1,"method":"clock.year"}')
  const [response] = (await once(asking, 'response')) as [AsyncIterable<Uint8Array>]
  const chunks: Uint8Array[] = []
  for await (const chunk of response) chunks.push(chunk)
  t.match(JSON.parse(Buffer.concat(chunks).toString()), { id: 1, result: 2026 })
})

/** A socket at which nobody listens any more. */
async function leaveBehind(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('there'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
}

t.test('what a killed process has left behind is taken over', async (t) => {
  const path = pathIn(t)
  await leaveBehind(path)
  t.ok(existsSync(path))
  await using daemon = await startDaemon({ path })
  daemon.register(clock, { id: 'clock' })
  const rollcall = await client(t)
  t.equal(await rollcall.object<typeof clock>(`clock@unix:${path}`).year(), 2026)
})

t.test('bug: of two that took over the same socket the later one took it away from the other', async (t) => {
  for (let turn = 0; turn < 5; turn += 1) {
    const path = pathIn(t)
    await leaveBehind(path)
    const started = await Promise.allSettled([1, 2, 3].map(() => startDaemon({ path })))
    const daemons = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    t.equal(daemons.length, 1)
    for (const each of started)
      if (each.status === 'rejected') t.match(each.reason, { message: /another process listens there/ })
    daemons[0]?.register(clock, { id: 'clock' })
    const rollcall = await client(t)
    t.equal(await rollcall.object<typeof clock>(`clock@unix:${path}`).year(), 2026)
    await daemons[0]?.close()
  }
})

t.test('who takes over waits for another one who does, and for nobody who can not write there', async (t) => {
  const path = pathIn(t)
  await leaveBehind(path)
  // What took turns before: any process of the machine can have such a name.
  const squatter = createServer().listen(`\0rollcall ${createHash('sha256').update(path).digest('hex')}`)
  t.teardown(() => squatter.close())
  const other = spawn('flock', [`${path}.rollcall-lock`, '-c', 'echo has it; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(other.stdout, 'data')
  await t.rejects(startDaemon({ path }), { message: /another process listens there/ })
  other.stdin.end()
  await once(other, 'close')
  const daemon = await startDaemon({ path })
  t.same(readdirSync(dirname(path)), ['clock'])
  await daemon.close()
})

t.test('what is not free is refused, and stays', async (t) => {
  const path = pathIn(t)
  await using daemon = await startDaemon({ path })
  daemon.register(clock, { id: 'clock' })
  await t.rejects(startDaemon({ path }), { message: /unix:.*: another process listens there/ })
  const rollcall = await client(t)
  t.equal(await rollcall.object<typeof clock>(`clock@unix:${path}`).year(), 2026)
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, 'data')
  await t.rejects(startDaemon({ path: file }), { message: /or it is another file/ })
  t.ok(existsSync(file))
  await t.rejects(startDaemon({ path: join(file, 'nowhere') }))
  await t.rejects(startDaemon({ path: join(temporaryFolder(t), 'no', 'folder') }), {
    message: /its folder is not there/,
  })
})

t.test('a path that the system would cut is refused, by who listens and by who calls', async (t) => {
  const path = join(temporaryFolder(t), 'x'.repeat(120))
  await t.rejects(startDaemon({ path }), {
    message: /can not listen on unix:.* a path of \d+ bytes, .* choose a/,
  })
  const rollcall = await client(t)
  await t.rejects(rollcall.object<typeof clock>(`clock@unix:${path}`).year({ timeoutMs: 50 }), {
    name: 'UnreachableError',
    message: /a path of \d+ bytes, where the system takes at most \d+/,
  })
})

t.test('options that go not together are refused', async (t) => {
  const path = pathIn(t)
  for (const options of [{ host: 'localhost' }, { port: 9301 }, { advertise: 'there:5' }])
    await t.rejects(startDaemon({ path, ...options }), { message: /host and a port: give one of them/ })
  for (const wrong of ['clock', '/clock\n', '/clo\0ck'])
    await t.rejects(startDaemon({ path: wrong }), {
      message: /a path that begins with "\/", without control/,
    })
})

class Hall {
  readonly guests: object[] = []
  static exposed = ['admit', 'ask', 'lend']
  admit(guest: object): number {
    return this.guests.push(guest)
  }
  ask(): Promise<number> {
    return (this.guests.at(-1) as typeof clock | undefined)?.year() as unknown as Promise<number>
  }
  lend(): object | undefined {
    return this.guests.at(-1)
  }
}

t.test('bug: a reference that came over TCP made a process dial a socket of its own machine', async (t) => {
  const path = pathIn(t)
  await using inside = await startDaemon({ path, onConnect: () => t.fail('somebody has come') })
  const own = inside.register(clock, { id: 'clock' })
  await using open = await startDaemon()
  const hall = new Hall()
  const uri = open.register(hall, { id: 'hall' })
  const stranger = await client(t)
  await t.rejects(stranger.object<Hall>(uri).admit(stranger.object<typeof clock>(own)), {
    name: 'InvalidParamsError',
    message:
      /args\[0\].*unix:.*clock, a socket of this machine, and it did not come over one: give what is found by/,
  })
  t.equal(hall.guests.length, 0)
  hall.guests.push(stranger.object<typeof clock>(own))
  const victim = await client(t)
  await t.rejects(victim.object<Hall>(uri).lend(), {
    message: /has run, .*a socket of this machine, and it did not come/,
  })
})

t.test('a process of this machine may name its sockets over one of them', async (t) => {
  const folder = temporaryFolder(t)
  await using inside = await startDaemon({ path: join(folder, 'clock') })
  const own = inside.register(clock, { id: 'clock' })
  await using open = await startDaemon({ path: join(folder, 'hall') })
  const uri = open.register(new Hall(), { id: 'hall' })
  const neighbour = await client(t)
  t.equal(await neighbour.object<Hall>(uri).admit(neighbour.object<typeof clock>(own)), 1)
  t.equal(await neighbour.object<Hall>(uri).ask(), 2026)
  const lent = (await neighbour.object<Hall>(uri).lend()) as Remote<typeof clock>
  t.equal(await lent.year(), 2026)
})
