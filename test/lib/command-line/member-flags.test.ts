import t from 'tap'
import { FLAGS } from '../../../lib/command-line/flags.js'
import { MEMBER_FLAGS, written, type MemberFlags } from '../../../lib/command-line/member-flags.js'
import { ADD_FLAGS, UP_FLAGS } from '../../../client/flags.js'
import { NODE_FLAGS } from '../../../node/flags.js'

const values: MemberFlags = {
  mdns: true,
  'mdns-allow': ['node1@192.168.1.5', '*@10.0.0.0/8'],
  'mdns-token-file': 'token',
  'token-file': 'tokens',
  'access-file': 'access.json',
  nameserver: ['a:1', '[::1]:2'],
  'tls-ca': 'ca.pem',
  'tls-crl': 'crl.pem',
  'tls-cert': 'a.pem',
  'tls-key': 'a-key.pem',
  'tls-client-cert': 'required',
  insecure: true,
  'allow-host': ['x.example'],
  'allow-origin': ['https://x.example'],
  'keep-alive': 75_000,
  cluster: 'c',
  objects: ['x.js', 'y.js'],
  'log-keep': 5,
  'election-timeout': { min: 200, max: 400 },
  heartbeat: 20,
  'read-lease': 'on',
  'method-limit': 500,
  'state-bytes': 0,
  priority: 7,
  'log-level': 'warn',
  'log-format': 'json',
  'log-wire': true,
}

t.test('flags that are handed on mean there what they meant here', async (t) => {
  const line = [...written(MEMBER_FLAGS, values)]
  for (const name of MEMBER_FLAGS) {
    t.equal(line.shift(), `--${name}`)
    t.same(FLAGS[name].coerce(values[name] === true ? 'true' : line.shift()), values[name])
  }
  t.same(line, [])
})

t.test('flags that nobody has set are not handed on', async (t) => {
  const unset = { ...values, mdns: false, objects: undefined, 'log-keep': undefined }
  t.same(written(['mdns', 'objects', 'heartbeat', 'log-keep'], unset), ['--heartbeat', '20'])
})

t.test('what can be said of a node but its place is handed on by whoever starts nodes', async (t) => {
  const place = ['host', 'advertise', 'port', 'listen-unix', 'data', 'members', 'join', 'log-file']
  const settings = NODE_FLAGS.filter((name) => !place.includes(name))
  t.same(settings, [...MEMBER_FLAGS])
  for (const flags of [ADD_FLAGS, UP_FLAGS]) {
    const handedOn: ReadonlySet<string> = new Set(flags)
    t.ok(
      settings.every((name) => handedOn.has(name)),
      flags.join(', '),
    )
  }
})
