/** The operator's commands on the group of the name servers. */
import t from 'tap'
import { connect, startDaemon } from '../../../api.js'
import { NameServers } from '../../harness/name-servers.js'

t.setTimeout(240_000)

function idsIn(stdout: string): readonly string[] {
  const members = JSON.parse(stdout) as readonly { readonly id: string }[]
  return members.map(({ id }) => id)
}

t.test('one that was alone grows to three, and is replaced, while a client works', async (t) => {
  const servers = await NameServers.prepare(t, 4)
  await servers.runAlone('ns1').says(/name server ready/)
  const client = await connect({ nameserver: servers.places('ns1'), timeoutMs: 60_000 })
  t.teardown(() => client.close())
  await client.nameserver.register('printer', 'printer@localhost:1')

  const second = await servers.add(['ns1'], 'ns2')
  t.equal(second.status, 0, second.stderr)
  t.same(idsIn(second.stdout), ['nameserver1', 'ns2'])
  const third = await servers.add(['ns1'], 'ns3')
  t.same(idsIn(third.stdout), ['nameserver1', 'ns2', 'ns3'])
  const taken = await servers.command(['ns1'], 'add', 'ns3', '--nameservers', '--port', servers.portOf('ns4'))
  t.match(taken.stderr, /^error: INVALID_PARAMS: ns3 is a member already/)

  const handedOver = await servers.command(['ns2'], 'transfer', 'ns2', '--nameservers')
  t.equal(handedOver.stdout, `${JSON.stringify(servers.uriOf('ns2'))}\n`)
  t.equal(await client.nameserver.lookup('printer'), 'printer@localhost:1', 'and it hears of the others')
  const status = await servers.command(['ns3'], 'status', '--nameservers')
  t.match(status.stdout, /^rollcall\.nameserver: leader ns2, term \d+, 3 of 3 members reachable\n/)
  const healthy = await servers.command(['ns3'], 'doctor')
  t.match(healthy.stdout, /^ok +cluster rollcall\.nameserver +3 of 3 voters answer, a majority is 2$/m)

  const left = await servers.command(['ns3'], 'remove-node', 'nameserver1', '--nameservers')
  t.same(idsIn(left.stdout), ['ns2', 'ns3'])
  const { stderr } = (await servers.processes.get('ns1')?.ended) ?? {}
  t.match(
    stderr,
    /error: REMOVED_MEMBER: nameserver1 was removed .* \(for a name server with --nameservers\)\n$/,
  )
  t.equal(await client.nameserver.lookup('printer'), 'printer@localhost:1')
  await servers.add(['ns2'], 'ns4')
  const names = await servers.command(['ns4'], 'names')
  t.equal(names.stdout, 'printer  printer@localhost:1\n')
})

t.test('a lost majority is recovered from, and a backup becomes another group', async (t) => {
  const servers = await NameServers.start(t, 1)
  const all = ['ns1', 'ns2', 'ns3']
  const registered = await servers.command(all, 'register', 'printer', 'printer@localhost:1')
  t.equal(registered.status, 0, registered.stderr)
  const saved = await servers.command(all, 'backup', 'names.backup', '--nameservers')
  t.equal(saved.status, 0, saved.stderr)

  await Promise.all(all.map((id) => servers.kill(id)))
  t.match(
    (await servers.local('verify', '.rollcall/ns1')).stdout,
    /^sound: ns1 of the cluster rollcall\.nameserver/,
  )
  const recovered = await servers.local('recover', 'ns1', '--yes')
  t.match(
    recovered.stdout,
    /Start it with: rollcall nameserver ns1\n.* add new members with: rollcall add --nameservers\n$/,
  )
  await servers.startAgain('ns1').says(/name server ready/)
  const found = await servers.command(['ns1'], 'lookup', 'printer')
  t.equal(found.stdout, '"printer@localhost:1"\n')

  const place = ['--id', 'ns4', '--members', servers.uriOf('ns4')]
  const restored = await servers.local('restore', 'names.backup', '--nameservers', ...place)
  t.match(restored.stdout, /Start it with: rollcall nameserver ns4\n$/)
  await servers.startAgain('ns4').says(/name server ready/)
  t.equal((await servers.command(['ns4'], 'lookup', 'printer')).stdout, '"printer@localhost:1"\n')
})

t.test('advice: whoever is asked for the name servers and is none, says so', async (t) => {
  const servers = await NameServers.prepare(t, 1)
  const nobody = await servers.command(['ns1'], 'status', '--nameservers')
  t.match(nobody.stderr, /^error: UNREACHABLE: daemon\.hello at localhost:\d+: /)
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const stranger = ['--nameserver', daemon.place]
  t.match(
    (await servers.local('status', '--nameservers', ...stranger)).stderr,
    /is no name server: say with --nameserver HOST:PORT where one is\n$/,
  )
  const typed = await servers.local('nameserver', 'ns1')
  t.match(typed.stderr, /^error: USAGE: no name server is called ns1: --members must name it/)
  const forgotten = await servers.local('nameserver', '--members', servers.uriOf('ns1'))
  t.match(forgotten.stderr, /^error: USAGE: of several name servers each has an id/)
  const confused = await servers.local('nameserver', 'nameserver', '--members', 'nameserver@localhost:1')
  t.match(confused.stderr, /^error: USAGE: a name server can't be called nameserver/)
})
