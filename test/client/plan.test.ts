import t from 'tap'
import type { UpFlags } from '../../client/flags.js'
import { planUp } from '../../client/up/plan.js'

const flags: UpFlags = {
  mdns: false,
  'mdns-allow': undefined,
  'mdns-token-file': undefined,
  'token-file': undefined,
  'access-file': undefined,
  'tls-ca': undefined,
  'tls-crl': undefined,
  'tls-cert': undefined,
  'tls-key': undefined,
  'tls-client-cert': undefined,
  insecure: false,
  nameserver: ['localhost:9090'],
  'allow-host': undefined,
  'allow-origin': undefined,
  'keep-alive': undefined,
  members: undefined,
  data: undefined,
  cluster: 'rollcall',
  objects: undefined,
  'log-keep': undefined,
  nodes: 4,
  priority: 0,
  'read-lease': 'off',
  'method-limit': 10_000,
  'state-bytes': 0,
  'election-timeout': { min: 150, max: 300 },
  heartbeat: 50,
  'log-level': 'info',
  'log-format': 'text',
  'log-wire': false,
}

t.test('up starts the name server and the members on the known ports', async (t) => {
  const { children, members } = planUp(flags, 'cli.js', {})
  t.same(members, [
    'node1@localhost:9101',
    'node2@localhost:9102',
    'node3@localhost:9103',
    'node4@localhost:9104',
  ])
  t.same(
    children.map((child) => child.id),
    ['nameserver', 'node1', 'node2', 'node3', 'node4'],
  )
  t.same(
    children.map((child) => child.rank),
    [1, 0, 0, 0, 0],
    'the name server is stopped last',
  )
  t.same(children[0]?.args.slice(0, 4), ['cli.js', 'nameserver', '--port', '9090'])
  t.same(children[2]?.args.slice(0, 5), ['cli.js', 'node', 'node2', '--members', members.join(',')])
})

t.test('flags go on to the processes, each with a folder of its own', async (t) => {
  const members = ['a@localhost:7001', 'b@localhost:7002']
  const { children } = planUp(
    {
      ...flags,
      members,
      data: 'store',
      objects: ['mine.js'],
      heartbeat: 20,
      priority: 7,
      'read-lease': 'on',
      'method-limit': 500,
    },
    'cli.js',
    {},
  )
  const line = children[2]?.args.join(' ') ?? ''
  t.match(line, 'node b --members a@localhost:7001,b@localhost:7002 ')
  for (const part of ['--heartbeat 20', '--objects mine.js', '--data store/b', '--election-timeout 150-300'])
    t.match(line, part)
  for (const part of ['--priority 7', '--read-lease on', '--method-limit 500']) t.match(line, part)
  t.match(children[0]?.args.join(' '), '--data store/nameserver')
})

t.test('variables meant for one process do not reach all of them', async (t) => {
  const { children } = planUp({ ...flags, nodes: 1 }, 'cli.js', { ROLLCALL_PORT: '1', PATH: '/bin' })
  for (const child of children) t.same(child.env, { PATH: '/bin' })
})

t.test(
  'the name server knows callers, speaks TLS and logs as it was said, and so do the members',
  async (t) => {
    const said: UpFlags = {
      ...flags,
      mdns: true,
      'mdns-token-file': 'mdns.token',
      'token-file': 'tokens',
      'access-file': 'access.json',
      'tls-ca': 'ca.pem',
      'tls-crl': 'crl.pem',
      'tls-cert': 'cert.pem',
      'tls-key': 'key.pem',
      'tls-client-cert': 'required',
      insecure: true,
      'allow-host': ['rollcall.example'],
      'allow-origin': ['https://a.example'],
      'keep-alive': 7_000,
      'log-level': 'debug',
      'log-format': 'json',
      'log-wire': true,
    }
    const handedOn = [
      ...['--mdns', '--mdns-token-file mdns.token', '--token-file tokens', '--access-file access.json'],
      ...['--tls-ca ca.pem', '--tls-crl crl.pem', '--tls-cert cert.pem', '--tls-key key.pem'],
      ...['--tls-client-cert required', '--insecure', '--allow-host rollcall.example'],
      ...['--allow-origin https://a.example', '--keep-alive 7000'],
      ...['--log-level debug', '--log-format json', '--log-wire'],
      ...['--election-timeout 150-300', '--heartbeat 50'],
    ]
    for (const { id, args } of planUp(said, 'cli.js', {}).children)
      t.strictSame(
        handedOn.filter((part) => !`${args.join(' ')} `.includes(` ${part} `)),
        [],
        id,
      )
  },
)
