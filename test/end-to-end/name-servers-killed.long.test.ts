/** Three name servers of one group: any may be lost, again and again, and all may be replaced, and nobody notices. */
import t from 'tap'
import { NameServers } from '../harness/name-servers.js'
import { freePorts, Running } from '../harness/processes.js'
import { NamesUnderLoad } from './names-under-load.js'

t.setTimeout(240_000)

/** With a cluster of three beside them. */
async function scene(more: number): Promise<NameServers> {
  const servers = await NameServers.start(t, more)
  const ports = await freePorts(3)
  const members = ports.map((port, at) => `node${at + 1}@localhost:${port}`)
  const places = ['--members', members.join(), '--nameserver', servers.places('ns1', 'ns2', 'ns3')]
  const nodes = members.map((_, at) => new Running(['node', `node${at + 1}`, ...places], servers.folder))
  t.teardown(() => Promise.all(nodes.map((node) => node.kill())))
  return servers
}

t.test('name servers are killed one after another, and then all are replaced: no call fails', async (t) => {
  const servers = await scene(3)
  const load = await NamesUnderLoad.start(t, [
    servers.placeOf('ns1'),
    servers.placeOf('ns2'),
    servers.placeOf('ns3'),
  ])
  for (const id of ['ns1', 'ns2', 'ns3', 'ns2', 'ns1']) {
    await servers.kill(id)
    await load.goesOn(20)
    await servers.startAgain(id).says(/name server ready/)
    await load.goesOn(20)
  }
  const known = ['ns1', 'ns2', 'ns3']
  for (const [gone, next] of [
    ['ns1', 'ns4'],
    ['ns2', 'ns5'],
    ['ns3', 'ns6'],
  ] as const) {
    const added = await servers.add(known, next)
    t.equal(added.status, 0, added.stderr)
    const removed = await servers.command([next], 'remove-node', gone, '--nameservers')
    t.equal(removed.status, 0, removed.stderr)
    known.splice(known.indexOf(gone), 1, next)
    await load.goesOn(20)
  }
  await load.stop()
  t.same(load.failed, [])
})
