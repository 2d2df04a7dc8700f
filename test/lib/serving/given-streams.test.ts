/** Daemons and clients at the ends of streams that are open already, in place of sockets of their own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import t, { type Test } from 'tap'
import {
  connect,
  expose,
  exposed,
  startDaemon,
  type ByteStream,
  type Daemon,
  type DaemonOptions,
  type Rollcall,
} from '../../../api.js'
import { temporaryFolder } from '../../harness/processes.js'

class Greeter {
  @expose greet(name: string): string {
    return `hello, ${name}`
  }
  @expose *count(to: number): Generator<number> {
    for (let i = 1; i <= to; i += 1) yield i
  }
  @expose async tell(listener: (text: string) => unknown): Promise<unknown> {
    return listener('news')
  }
  @expose take(greeter: object): string {
    return typeof greeter
  }
}

function pair(): readonly [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()]
  return [Duplex.from({ readable: there, writable: back }), Duplex.from({ readable: back, writable: there })]
}

/** Bytes as the messages of a port. */
function bridge(port: MessagePort): Duplex {
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _, done) => {
      port.postMessage(chunk)
      done()
    },
    destroy: (error, done) => {
      port.close()
      done(error)
    },
  })
  port.on('message', (chunk: Uint8Array) => stream.push(chunk)).on('close', () => stream.push(null))
  return stream
}

async function daemonOf(t: Test, options: DaemonOptions = {}) {
  const daemon = await startDaemon(options)
  t.teardown(() => daemon.close())
  return { daemon, uri: daemon.register(new Greeter(), { id: 'greeter' }) }
}

/** Each of its connections is one end of what `open` makes. */
async function clientOf(t: Test, daemon: Daemon, open = pair) {
  const places: string[] = []
  const rollcall = await connect({
    dial: (place) => {
      places.push(place)
      const [here, there] = open()
      daemon.accept(there)
      return here
    },
  })
  t.teardown(() => rollcall.close())
  return { rollcall, places }
}

async function isServed(t: Test, rollcall: Rollcall, uri: string): Promise<void> {
  const greeter = rollcall.object<Greeter>(uri)
  t.equal(await greeter.greet('you'), 'hello, you')
  const long = 'x'.repeat(500_000)
  t.equal(await greeter.greet(long), `hello, ${long}`)
  const counted: number[] = []
  for await (const each of await greeter.count(100)) counted.push(each)
  t.equal(counted.length, 100)
  t.equal(await greeter.tell((text) => `${text} heard`), 'news heard')
}

t.test('calls, streams and callbacks go over the two ends of a pair', async (t) => {
  const came: string[] = []
  const { daemon, uri } = await daemonOf(t, { onConnect: ({ remote }) => came.push(remote) })
  const { rollcall, places } = await clientOf(t, daemon)
  await isServed(t, rollcall, uri)
  t.same(places, [daemon.place])
  t.same(came, ['a stream'])
})

t.test('they go over the ports of a MessageChannel', async (t) => {
  const { daemon, uri } = await daemonOf(t)
  const { rollcall } = await clientOf(t, daemon, () => {
    const { port1, port2 } = new MessageChannel()
    return [bridge(port1), bridge(port2)]
  })
  await isServed(t, rollcall, uri)
})

const CHILD = `
  import { Duplex } from 'node:stream'
  import { exposed, startDaemon } from '${pathToFileURL(join(import.meta.dirname, '../../../index.js')).href}'
  const daemon = await startDaemon()
  daemon.register(exposed({ pid: () => process.pid }, ['pid']), { id: 'child' })
  daemon.accept(Duplex.from({ readable: process.stdin, writable: process.stdout }))
  process.stdin.on('close', () => process.exit())`

t.test('a child serves at its stdin and stdout; when it has died the next call opens another', async (t) => {
  const file = join(temporaryFolder(t), 'child.mjs')
  writeFileSync(file, CHILD)
  const rollcall = await connect({
    dial: () => {
      const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] })
      t.teardown(() => child.kill('SIGKILL'))
      return Duplex.from({ readable: child.stdout, writable: child.stdin })
    },
  })
  t.teardown(() => rollcall.close())
  const child = rollcall.object<{ pid(): number }>('child@there:1')
  const first = await child.pid()
  process.kill(first, 'SIGKILL')
  const next = async (): Promise<number> => child.pid().catch(next)
  t.not(await next(), first)
})

t.test('a daemon that is closed ends them', async (t) => {
  const { daemon, uri } = await daemonOf(t)
  const ends: Duplex[] = []
  const { rollcall } = await clientOf(t, daemon, () => {
    const made = pair()
    ends.push(...made)
    return made
  })
  await rollcall.object<Greeter>(uri).greet('you')
  await daemon.close()
  for (const end of ends) if (!end.closed) await once(end, 'close')
  t.throws(() => daemon.accept(pair()[0]), { message: /this daemon is closed/ })
})

t.test('a daemon that is closed ends them with a call that goes on for ever', async (t) => {
  const daemon = await startDaemon({ closeTimeoutMs: 10 })
  const begun = new Promise<void>((resolve) => {
    const wait = (): Promise<never> => {
      resolve()
      return new Promise(() => undefined)
    }
    daemon.register(exposed({ wait }, ['wait']), { id: 'greeter' })
  })
  const [here, there] = pair()
  daemon.accept(there)
  here.on('error', () => undefined)
  here.write('{"jsonrpc":"2.0","id":1,"method":"greeter.wait"}\n')
  await begun
  await daemon.close()
  if (!there.closed) await new Promise((resolve) => there.once('close', resolve))
  t.ok(there.destroyed)
})

t.test(
  'a reference to a Unix socket that comes over a stream is refused: nobody knows where it leads',
  async (t) => {
    const { daemon, uri } = await daemonOf(t)
    const { rollcall } = await clientOf(t, daemon)
    const local = rollcall.object<Greeter>('greeter@unix:/run/greeter')
    await t.rejects(rollcall.object<Greeter>(uri).take(local), { message: /a socket of this machine/ })
  },
)

t.test('what brings no bytes both ways is refused', async (t) => {
  const { daemon } = await daemonOf(t)
  const wrong: readonly (readonly [ByteStream, RegExp])[] = [
    [{ readable: true, writable: true }, /must be a Duplex of node:stream: make one of two with/],
    [new Duplex({ objectMode: true }), /without objectMode/],
    [new PassThrough().setEncoding('utf8'), /no encoding set/],
  ]
  for (const [stream, message] of wrong) {
    t.throws(() => daemon.accept(stream), { name: 'InvalidParamsError', message })
    const rollcall = await connect({ dial: () => stream })
    await t.rejects(rollcall.object<Greeter>('greeter@there:1').greet('you', { timeoutMs: 50 }), { message })
    rollcall.close()
  }
})

t.test('what dial throws is why a call was not sent', async (t) => {
  const rollcall = await connect({
    dial: (place) => {
      throw new Error(`no way to ${place}`)
    },
  })
  t.teardown(() => rollcall.close())
  await t.rejects(rollcall.object<Greeter>('greeter@there:1').greet('you', { timeoutMs: 50 }), {
    name: 'UnreachableError',
    outcome: 'not-executed',
    message: /no way to there:1/,
  })
})
