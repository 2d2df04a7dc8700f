/** Services in processes of their own, under names of a real name server, killed as by a crash. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { connect } from '../../api.js'
import { temporaryFolder } from '../harness/processes.js'
import { NameServerScene, until } from '../nameserver/scene.js'

const lib = pathToFileURL(join(import.meta.dirname, '../../lib')).href

/** Serves `greeter`, shared, and prints its URI once it is registered. */
const SERVICE = `
import { NameKeeper } from '${lib}/publishing/name-keeper.js'
import { Daemon } from '${lib}/rpc/channels/daemon.js'
import { formatAddress } from '${lib}/rpc/uri.js'
import { systemClock as clock } from '${lib}/system/clock.js'
import { systemRandom as random } from '${lib}/system/random.js'
import { createTransport } from '${lib}/system/transport.js'
import { createLogger } from '${lib}/system/logger.js'
const logger = createLogger({ name: 'service', stream: process.stderr })
const ports = { transport: createTransport(), clock, random, logger }
const daemon = new Daemon(ports)
const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
daemon.host.register('greeter', { methods: new Map([
  ['pid', { kind: 'plain', handler: () => process.pid }],
]) })
const uri = 'greeter@' + formatAddress(address)
const keeper = new NameKeeper({ ...ports, nameservers: [process.argv[2]] })
await keeper.begin([{ name: 'greeter', uri, isShared: true }])
console.log(uri)
`

async function service(
  t: Test,
  file: string,
  nameserver: string,
): Promise<{ child: ChildProcess; uri: string }> {
  const child = spawn(process.execPath, [file, nameserver], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { child, uri: line }
}

t.test(
  'with two under one name, one is killed: the next call succeeds, and its name ends by itself',
  async (t) => {
    const scene = await NameServerScene.prepare(t)
    await scene.start()
    const file = join(temporaryFolder(t), 'service.mjs')
    writeFileSync(file, SERVICE)
    const [a, b] = await Promise.all([service(t, file, scene.address), service(t, file, scene.address)])
    const rollcall = await connect({ nameserver: scene.address })
    t.teardown(() => rollcall.close())
    const greeter = rollcall.object<{ pid(): number }>('greeter')
    t.same(new Set([await greeter.pid(), await greeter.pid()]), new Set([a.child.pid, b.child.pid]))
    a.child.kill('SIGKILL')
    await once(a.child, 'exit')
    await scene.names.ping()
    for (let n = 0; n < 4; n++) t.equal(await greeter.pid(), b.child.pid)
    await until(async () => {
      const [record] = await scene.names.list({ prefix: 'greeter' })
      return record?.uris?.length === 1 || undefined
    })
    t.same(await rollcall.resolve('greeter'), [b.uri])
  },
)
