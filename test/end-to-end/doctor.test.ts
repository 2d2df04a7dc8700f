/** The doctor on real processes: healthy, and with each of the usual troubles. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { Cluster } from '../harness/cluster.js'
import { until } from '../harness/until.js'

const cluster = await Cluster.start(t, 3)
const client = await cluster.connect()

interface Diagnosis {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const diagnose = (...flags: readonly string[]): Promise<Diagnosis> => cluster.run('doctor', ...flags).ended

function portOf(id: string): number {
  const uri = cluster.members.find((member) => member.startsWith(`${id}@`)) ?? ''
  return Number(uri.slice(uri.lastIndexOf(':') + 1))
}

t.test('a healthy cluster: a line for each finding, exit code 0', async (t) => {
  await client.call('counter', 'increment', [])
  // The leader registers itself after its first commit; on a busy machine another one may lead by then.
  let last = ''
  const seen = await until(
    () => `a cluster without problems; the last diagnosis: ${last}`,
    async () => {
      const diagnosis = await diagnose()
      last = diagnosis.stdout + diagnosis.stderr
      return diagnosis.status === 0 && diagnosis
    },
  )
  t.equal(seen.stderr, '')
  t.match(seen.stdout, /^ok +name server .* answers$/m)
  t.match(seen.stdout, /^ok +cluster rollcall +3 of 3 voters answer, a majority is 2$/m)
  t.match(seen.stdout, /^ok +cluster rollcall +node\d leads term \d+, and all follow it$/m)
})

t.test('a stopped process, another program at the port, and nobody there are told apart', async (t) => {
  const leader = await cluster.leader(client)
  const [silent = '', strange = ''] = cluster.ids.filter((id) => id !== leader)
  await cluster.kill(strange, leader)
  const stranger = createServer((socket) => {
    socket.on('error', () => undefined).on('data', () => undefined)
    socket.end('220 mail.example ESMTP\r\n', () => socket.destroy())
  })
  stranger.listen(portOf(strange), '127.0.0.1')
  await once(stranger, 'listening')
  cluster.process(silent).signal('SIGSTOP')
  t.teardown(() => cluster.process(silent).signal('SIGCONT'))

  const { status, stdout, stderr } = await diagnose()
  t.equal(status, 1)
  t.match(stderr, /^error: UNHEALTHY: there are \d problems\n$/)
  t.match(
    stdout,
    new RegExp(`^PROBLEM +${leader} .*nobody listens there → start it with .rollcall node ${leader}`, 'm'),
  )
  t.match(stdout, new RegExp(`^PROBLEM +${strange} .*another program answers there`, 'm'))
  t.match(stdout, new RegExp(`^PROBLEM +${silent} .*takes connections and does not answer`, 'm'))
  t.match(stdout, new RegExp(`^PROBLEM +${silent} .*a process has its data folder`, 'm'))
  t.match(stdout, new RegExp(`^note +${leader} .*data folder .* free`, 'm'))

  cluster.process(silent).signal('SIGCONT')
  await new Promise((closed) => stranger.close(closed))
  const again = await diagnose()
  t.match(again.stdout, /^PROBLEM +cluster rollcall +1 of 3 voters answer, a majority is 2: no leader/m)
})

t.test('without a name server, with another cluster name, as JSON', async (t) => {
  await cluster.kill('nameserver')
  const findings = JSON.parse((await diagnose('--json')).stdout) as readonly object[]
  t.match(findings[0], {
    level: 'problem',
    about: /name server/,
    what: 'nobody listens there',
    advice: /start it/,
  })
  const { stdout } = await diagnose('--cluster', 'other')
  t.match(stdout, /belongs to the cluster "rollcall", not to "other"/)
})
