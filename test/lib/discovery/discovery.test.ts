import t from 'tap'
import type { Own } from '../../../lib/discovery/own-notice.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { formatAddress } from '../../../lib/rpc/uri.js'
import { Street, type House } from './street.js'

const TOKEN = 'a token of sixteen letters'
const DESK = ['192.168.7.5/24']
const SHELF = ['192.168.7.9/24']

function names(host: string, port = 9090): Own {
  return {
    kind: 'nameserver',
    cluster: 'rollcall.nameserver',
    id: 'nameserver',
    place: { kind: 'tcp', host, port },
    host,
  }
}

function member(id: string, host: string, cluster = 'rollcall'): Own {
  return { kind: 'member', cluster, id, place: { kind: 'tcp', host, port: 9101 }, host }
}

const found = ({ discovery }: House): readonly string[] => discovery.nameservers.map(formatAddress)

t.test('processes of one machine find each other without any configuration', async (t) => {
  const street = new Street()
  const server = await street.house(DESK, {}, false)
  server.discovery.announce(names('localhost'))
  const client = await street.house(DESK)
  t.same(found(client), ['localhost:9090'])
  const late = await street.house(DESK)
  late.discovery.announce(member('node1', '192.168.7.5'))
  t.same(client.discovery.membersOf('rollcall'), ['node1@192.168.7.5:9101'])
  t.same(client.discovery.membersOf('other'), [], 'of its own cluster alone')
  t.same(late.discovery.membersOf('rollcall'), [], 'nobody finds himself')
})

t.test('another machine is not believed unless somebody says so', async (t) => {
  const street = new Street()
  const client = await street.house(DESK)
  const server = await street.house(SHELF)
  server.discovery.announce(names('192.168.7.9'))
  t.same(found(client), [])
  t.match(
    client.discovery.unbelieved,
    /192.168.7.9:9090.*it is on another machine: give both the same token, or allow nameserver@192.168.7.9/,
  )
})

t.test('who shares the token is believed wherever it is, and nobody else', async (t) => {
  const street = new Street()
  const client = await street.house(SHELF, { token: TOKEN })
  const server = await street.house(DESK, { token: TOKEN })
  const stranger = await street.house(DESK, { token: 'another token of letters' })
  server.discovery.announce(names('192.168.7.5'))
  stranger.discovery.announce(names('192.168.7.66'))
  const naked = await street.house(DESK)
  naked.discovery.announce(names('192.168.7.67'))
  t.same(found(client), ['192.168.7.5:9090'])
  t.match(
    client.log.lines.join('\n'),
    /192.168.7.66:9090 is not believed.*192.168.7.67:9090 is not believed/s,
  )
})

t.test('a sealed announcement that somebody has changed is not believed', async (t) => {
  const street = new Street()
  const client = await street.house(SHELF, { token: TOKEN })
  const server = await street.house(DESK, { token: TOKEN })
  server.discovery.announce(names('192.168.7.5'))
  const texts = street.notices[0]?.texts ?? {}
  for (const changed of [
    { at: '192.168.7.66:9090' },
    { at: `192.168.7.66:9090,${texts['at']}` },
    { kind: 'member' },
    { cluster: 'x' },
    { id: 'x' },
    { mac: '' },
    { mac: '0'.repeat(64) },
  ])
    street.shout('x', { ...texts, ...changed })
  t.same(found(client), ['192.168.7.5:9090'])
  t.same(client.discovery.membersOf('rollcall'), [])
})

t.test('a stranger never redirects: he is said once, and who was found stays', async (t) => {
  const street = new Street()
  const client = await street.house(SHELF, { allow: ['nameserver@192.168.7.5'] })
  const server = await street.house(DESK)
  server.discovery.announce(names('192.168.7.5'))
  const own = street.notices[0]
  for (let i = 0; i < 3; i++) street.shout(own?.name ?? '', { ...own?.texts, at: '10.6.6.6:9090' })
  t.same(found(client), ['192.168.7.5:9090'])
  const said = client.log.lines.filter((line) => line.includes('10.6.6.6'))
  t.same(said, [
    'warn mDNS: the name server nameserver at 10.6.6.6:9090 is not believed, as nobody has allowed it: allow nameserver@10.6.6.6',
  ])
  t.match(
    client.discovery.unbelieved,
    /; mDNS has found the name server nameserver at 10.6.6.6:9090, and nobody/,
  )
})

t.test('allowed are ids at hosts, and in networks', async (t) => {
  const street = new Street()
  const client = await street.house(SHELF, {
    allow: ['node1@192.168.7.5', '*@10.1.0.0/16', 'node9@fd00::/64'],
  })
  const announce = async (own: Own): Promise<void> => (await street.house(DESK)).discovery.announce(own)
  await announce(member('node1', '192.168.7.5'))
  await announce(member('node2', '192.168.7.5'))
  await announce(member('node1', '192.168.7.6'))
  await announce(member('node3', '10.1.2.3'))
  await announce(member('node4', '10.2.2.3'))
  await announce(member('node9', 'fd00::7'))
  await announce(member('node5', 'localhost'))
  t.same(client.discovery.membersOf('rollcall'), [
    'node1@192.168.7.5:9101',
    'node3@10.1.2.3:9101',
    'node9@[fd00::7]:9101',
  ])
})

t.test("another machine's loopback address is nobody's here, whoever has sealed it", async (t) => {
  const street = new Street()
  const client = await street.house(SHELF, { token: TOKEN, allow: ['*@localhost'] })
  const server = await street.house(DESK, { token: TOKEN })
  server.discovery.announce(names('localhost'))
  t.same(found(client), [])
  t.match(client.discovery.unbelieved, /it can be reached from its own machine alone/)
})

t.test(
  'a process that listens everywhere is met at the address of the network that both are in',
  async (t) => {
    const street = new Street()
    const everywhere = { ...names('localhost'), host: '0.0.0.0' }
    const client = await street.house(SHELF, { token: TOKEN })
    const neighbour = await street.house(['10.0.0.5/8', ...DESK], { token: TOKEN })
    neighbour.discovery.announce(everywhere)
    t.same(found(client), ['192.168.7.5:9090'])
    const local = await street.house(['10.0.0.5/8', ...DESK], { token: TOKEN })
    t.same(found(local), ['localhost:9090'], 'and on its own machine by loopback')
    const named = await street.house(['172.16.0.5/24'], { token: TOKEN })
    named.discovery.announce({ ...names('box.example'), host: '0.0.0.0' })
    t.ok(found(client).includes('box.example:9090'), 'or as it says')
  },
)

t.test('who closes is gone within three seconds; who dies, when it has missed its rounds', async (t) => {
  const street = new Street()
  const client = await street.house(DESK)
  const server = await street.house(DESK, {}, false)
  server.discovery.announce(names('localhost'))
  let changes = 0
  client.discovery.onChange(() => changes++)
  await server.discovery.close()
  street.clock.advance(3_000)
  t.same(found(client), [])
  t.equal(changes, 1)
  const other = await street.house(DESK, {}, false)
  other.discovery.announce(names('localhost', 9091))
  street.die()
  street.clock.advance(20_000)
  t.same(found(client), ['localhost:9091'], 'one lost answer is nothing')
  street.clock.advance(20_000)
  t.same(found(client), [])
})

t.test('a goodbye that somebody says for a process that lives changes nothing', async (t) => {
  const street = new Street()
  const client = await street.house(DESK)
  const server = await street.house(DESK, {}, false)
  server.discovery.announce(names('localhost'))
  let changes = 0
  client.discovery.onChange(() => changes++)
  for (const { name } of street.notices) for (let i = 0; i < 100; i++) street.goodbye(name)
  street.clock.advance(60_000)
  t.same(found(client), ['localhost:9090'])
  t.equal(changes, 0)
  t.ok(street.asked < 20, `asked ${street.asked} times: a flood of them is no flood of questions`)
})

t.test('what is no announcement is nothing', async (t) => {
  const street = new Street()
  const client = await street.house(DESK)
  const good = { v: '1', kind: 'nameserver', cluster: 'c', id: 'nameserver', at: '192.168.7.5:9090', lo: '' }
  for (const bad of [
    {},
    { ...good, v: '2' },
    { ...good, kind: 'printer' },
    { ...good, id: '' },
    { ...good, id: 'a b' },
    { ...good, at: '' },
    { ...good, at: 'unix:/tmp/x' },
    { ...good, at: '192.168.7.5:0' },
    { ...good, at: '192.168.7.5' },
    { ...good, cluster: 'x'.repeat(300) },
  ])
    street.shout('x', bad)
  t.same(found(client), [])
  street.shout('x', { ...good, more: 'of a newer version' })
  t.same(found(client), ['192.168.7.5:9090'])
})

t.test('however many announce, a bounded number is known, and told of', async (t) => {
  const street = new Street()
  const client = await street.house(DESK, { allow: ['*@10.0.0.0/8'] })
  const good = { v: '1', kind: 'nameserver', cluster: 'c', id: 'x', lo: '' }
  for (let i = 0; i < 2_000; i++) {
    street.shout('x', { ...good, at: `10.0.${i >> 8}.${i & 255}:9` })
    street.shout('x', { ...good, at: `11.0.${i >> 8}.${i & 255}:9` })
  }
  t.equal(found(client).length, 256)
  t.equal(client.log.lines.filter((line) => line.startsWith('warn')).length, 64)
})

t.test('who waits for the first one waits a second at most, and not at all later', async (t) => {
  const street = new Street()
  const client = await street.house(DESK)
  const first = client.discovery.found('nameserver')
  const server = await street.house(DESK, {}, false)
  server.discovery.announce(names('localhost'))
  await first
  const never = client.discovery.found('member')
  street.clock.advance(1_000)
  await never
  await client.discovery.found('member')
  await client.discovery.close()
  t.equal(street.clock.armed, 0, 'nothing is left behind')
})

t.test('options that are none are refused, and a token is never shown', async (t) => {
  const street = new Street()
  const refused = async (mdns: object, message: RegExp): Promise<void> => {
    await t.rejects(street.house(DESK, mdns), { constructor: InvalidParamsError, message })
  }
  await refused(
    { allow: ['node1'] },
    /ID@HOST or ID@NETWORK, not "node1": write for example node1@192.168.1.5, or/,
  )
  await refused({ allow: 'node1@h' }, /mdns: allow must be a list of texts/)
  await refused({ tokens: 1 }, /did you mean "token"/)
  await refused({ token: 'short secret' }, /^mdns: token must be a text of at least 16 characters$/)
})
