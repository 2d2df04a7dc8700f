/** What a process says that can't begin is done as it stands there, and helps. One member alone is enough for that. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePorts, Running, temporaryFolder } from '../../harness/processes.js'

/** A cluster of one, of which each start gets `flags`. */
class Alone {
  readonly folder: string
  readonly #t: Test

  private constructor(
    t: Test,
    readonly port: number,
  ) {
    this.#t = t
    this.folder = temporaryFolder(t)
  }

  static async at(t: Test): Promise<Alone> {
    const [port = 0] = await freePorts(1)
    return new Alone(t, port)
  }

  start(...flags: readonly string[]): Running {
    const running = this.command('node', 'node1', '--members', `node1@localhost:${this.port}`, ...flags)
    this.#t.teardown(() => running.kill())
    return running
  }

  command(...args: readonly string[]): Running {
    return new Running(args, this.folder)
  }

  /** Its last words. */
  async refused(running: Running): Promise<string> {
    const { status, stderr } = await running.ended
    this.#t.equal(status, 1)
    return stderr.trimEnd().split('\n').at(-1) ?? ''
  }
}

t.test('EADDRINUSE: the other process is ended, or another port is chosen', async (t) => {
  const alone = await Alone.at(t)
  const other = createServer((socket) => socket.destroy()).listen(alone.port, '127.0.0.1')
  await once(other, 'listening')
  const said = await alone.refused(alone.start())
  t.match(
    said,
    `error: EADDRINUSE: can not listen on 127.0.0.1:${alone.port}: it is taken by another process`,
  )
  t.match(said, /end that one or choose another port$/)
  const [free = 0] = await freePorts(1)
  const elsewhere = alone.start('--port', String(free))
  await elsewhere.says(/ready: node1@localhost/)
  await elsewhere.kill()
  await new Promise((closed) => other.close(closed))
  await alone.start('--port', String(alone.port)).says(/ready: node1@localhost/)
})

t.test('INVALID_OBJECTS: the file is mended as it is told', async (t) => {
  const alone = await Alone.at(t)
  const objects = ['--objects', 'mine.mjs']
  const write = (text: string): void => writeFileSync(join(alone.folder, 'mine.mjs'), text)
  const CLASS = `class Visits { static commands = ['count']; count() { return 1 } }\n`
  t.match(
    await alone.refused(alone.start(...objects)),
    /^error: INVALID_OBJECTS: mine.mjs can't be imported: /,
  )
  write(CLASS)
  const [, line = ''] =
    /must have a default export that names its classes: (export .*)$/.exec(
      await alone.refused(alone.start(...objects)),
    ) ?? []
  t.equal(line, 'export default { visits: Visits }')
  write(`${CLASS}export default { visits: new Visits() }`)
  t.match(
    await alone.refused(alone.start(...objects)),
    /^error: INVALID_OBJECTS: mine.mjs: visits is no class$/,
  )
  write(`${CLASS}${line}`)
  const twice = await alone.refused(alone.start('--objects', 'mine.mjs,mine.mjs'))
  t.match(twice, /^error: INVALID_OBJECTS: mine.mjs: there is another object named visits$/)
  await alone.start(...objects).says(/ready: /)
  const called = ['--members', `node1@localhost:${alone.port}`, 'visits.count']
  const { stdout, stderr } = await alone.command('call', ...called).ended
  t.equal(stdout, '1\n', stderr)
})

t.test('NOT_RECOVERABLE: another folder is chosen, by what inspect shows', async (t) => {
  const alone = await Alone.at(t)
  const member = alone.start()
  await member.says(/elected leader/)
  member.signal('SIGTERM')
  await member.ended
  const data = '.rollcall/node1'
  const said = await alone.refused(alone.command('recover', 'node2', '--data', data, '--yes'))
  t.equal(said, `error: NOT_RECOVERABLE: ${data} is the data folder of node1, not of node2`)
  const unsure = await alone.command('recover', 'node1').ended
  t.equal(unsure.status, 2)
  t.match(unsure.stderr, /recover can't be undone: read rollcall recover --help, then repeat it with --yes$/m)
  t.match((await alone.command('recover', '--help').ended).stdout, /--yes/)
  const unnamed = await alone.command('recover', '--yes').ended
  t.match(unnamed.stderr, /^error: USAGE: recover needs the id of a member, or --data with its folder$/m)
  const inspected = await alone.command('inspect', data).ended
  t.match(inspected.stdout, /node1/)
  const recovered = await alone.command('recover', 'node1', '--yes').ended
  t.equal(recovered.status, 0, recovered.stderr)
  await alone.start().says(/elected leader/)
})
