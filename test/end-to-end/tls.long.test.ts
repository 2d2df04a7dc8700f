/** A cluster whose members, names, balancer and clients all speak TLS, and show certificates of `rollcall certs`. */
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connect, serve, TlsError, type Rollcall, type TlsOptions } from '../../api.js'
import { Cluster } from '../harness/cluster.js'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'

/** For all processes that are started: as files of the environment that a service manager would give. */
class Secured {
  readonly folder: string
  readonly host: TlsOptions
  readonly client: TlsOptions

  private constructor(folder: string) {
    const file = (name: string): string => join(folder, 'certs', name)
    const ca = file('ca.pem')
    this.folder = folder
    this.host = { ca, cert: file('localhost.pem'), key: file('localhost-key.pem'), clientCert: 'required' }
    this.client = { ca, cert: file('client-ops.pem'), key: file('client-ops-key.pem') }
  }

  static async begin(t: Test): Promise<Secured> {
    const secured = new Secured(temporaryFolder(t))
    await secured.certs('--hosts', 'localhost', '--client', 'ops')
    const { ca, cert, key } = secured.host
    const variables = { CA: ca, CERT: cert, KEY: key, CLIENT_CERT: 'required' }
    for (const [name, value] of Object.entries(variables)) process.env[`ROLLCALL_TLS_${name}`] = value
    t.teardown(() => {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, `ROLLCALL_TLS_${name}`)
    })
    return secured
  }

  async certs(...flags: readonly string[]): Promise<void> {
    const { status, stderr } = await new Running(['certs', ...flags], this.folder).ended
    if (status !== 0) throw new Error(stderr)
  }

  async connect(t: Test, { nameserver, members }: Cluster, tls: TlsOptions | undefined): Promise<Rollcall> {
    const client = await connect({ nameserver, members: [...members], timeoutMs: 20_000, tls })
    t.teardown(() => client.close())
    return client
  }
}

/** Then one of them may be lost. */
function allKnown(cluster: Cluster, client: Rollcall): Promise<true> {
  return cluster.until(client, 'all to have all', (members) => {
    const last = Math.max(...members.map(({ lastIndex }) => lastIndex))
    return members.length === 3 && last > 0 && members.every(({ commitIndex }) => commitIndex === last)
  })
}

t.test('a cluster with two-way TLS does all that one without does', async (t) => {
  const secured = await Secured.begin(t)
  const cluster = await Cluster.start(t, 3)
  const client = await secured.connect(t, cluster, secured.client)
  await client.call('log', 'append', ['one'])
  await allKnown(cluster, client)

  await t.test('a leader that is killed has a successor, and nothing is lost', async (t) => {
    const leader = await cluster.leader(client)
    await cluster.kill(leader)
    t.equal(await client.call('log', 'length', []), 1)
    cluster.startNode(leader)
    await allKnown(cluster, client)
  })

  await t.test('who shows no certificate is told so at once, and nothing of his runs', async (t) => {
    const { ca } = secured.client
    for (const tls of [{ ca }, undefined]) {
      const stranger = await secured.connect(t, cluster, tls)
      const refused = stranger.call('log', 'append', ['two'])
      await t.rejects(refused, TlsError)
    }
    t.equal(await client.call('log', 'length', []), 1)
  })

  await t.test('whether a member lives anybody may ask, and nothing else', async (t) => {
    const port = Number(cluster.members[0]?.split(':').at(-1))
    const { ca } = secured.client
    t.match(await answered(port, { ca }, '/livez'), { status: 200 })
    for (const path of ['/readyz', '/metrics']) t.match(await answered(port, { ca }, path), { status: 403 })
    t.match(await answered(port, secured.client, '/metrics'), { status: 200, body: /^rollcall_/m })
  })

  await t.test('the commands of an operator work as ever', async (t) => {
    const status = await cluster.run('status').ended
    t.match(status, { status: 0, stdout: /3 of 3 members reachable/ })
    const doctor = await cluster.run('doctor').ended
    t.match(doctor, { status: 0 })
    t.match(await cluster.run('call', 'log.append', 'two').ended, { status: 0, stdout: /"index":2/ })
    t.match(await cluster.run('names').ended, { stdout: /^rollcall\.leader/m })
  })

  await t.test('the doctor says what is wrong with a certificate, and what to do', async (t) => {
    const others = temporaryFolder(t)
    await new Running(['certs', '--out', others, '--hosts', 'localhost'], others).ended
    const { stdout } = await cluster.run('doctor', '--tls-ca', join(others, 'ca.pem')).ended
    const wrong =
      'its certificate \\(localhost\\) is signed by "rollcall certs .*", which is no authority that --tls-ca names'
    const remedy = 'give the file of the one that has signed it'
    t.match(stdout, new RegExp(`^PROBLEM +name server localhost:\\d+ +${wrong} → ${remedy}$`, 'm'))
    t.match(stdout, new RegExp(`^PROBLEM +node1 +node1@localhost:\\d+: ${wrong} → ${remedy}$`, 'm'))
    t.notMatch(stdout, /hangs/)
  })

  await t.test('objects of other processes are served and found so', async (t) => {
    class Greeter {
      static exposed = ['greet']
      greet(name: string): string {
        return `Hello, ${name}!`
      }
    }
    const service = await serve(
      { greeter: new Greeter() },
      { nameserver: cluster.nameserver, tls: secured.host },
    )
    t.teardown(() => service.close())
    t.equal(await client.call('greeter', 'greet', ['you']), 'Hello, you!')
  })

  await t.test('the balancer speaks it at its door and to the members', async (t) => {
    const [port = 0] = await freePorts(1)
    const balancer = cluster.run('balancer', '--port', String(port))
    t.teardown(() => balancer.kill())
    await balancer.says(/balancer ready/)
    const body = await until('the balancer to know a leader', async () => {
      const answer = await posted(port, secured.client, '/log/length', '[]')
      return answer.status === 200 && answer.body
    })
    t.equal(body, '2')
    t.match(await posted(port, { ca: secured.client.ca }, '/log/length', '[]'), { status: 403 })
  })
})

t.test('certificates are renewed under load, and no call fails', async (t) => {
  const secured = await Secured.begin(t)
  const cluster = await Cluster.start(t, 3)
  const client = await secured.connect(t, cluster, secured.client)
  let calls = 0
  let isOver = false
  const load = async (): Promise<void> => {
    while (!isOver) {
      await client.call('counter', 'increment', [])
      calls += 1
    }
  }
  const workers = [load(), load(), load()]
  await until('some calls', async () => calls > 50)
  for (let round = 0; round < 2; round++) {
    await secured.certs('--renew')
    const before = calls
    for (const running of cluster.processes.values()) {
      running.signal('SIGHUP')
      await running.says(/the files of TLS were read anew: localhost until/)
    }
    const late = await secured.connect(t, cluster, secured.client)
    t.type(await late.call('counter', 'value', []), 'number', 'who comes now is taken')
    await until('calls to go on', async () => calls > before + 50)
  }
  isOver = true
  await Promise.all(workers)
  t.equal(await client.call('counter', 'value', []), calls)
})

t.test('for other machines nothing is opened that is not protected, unless it is told to', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const line = ['node', 'a', '--members', `a@localhost:${port}`, '--host', '0.0.0.0']
  const refused = await new Running(line, folder).ended
  t.equal(refused.status, 1)
  t.match(
    refused.stderr,
    /^error: INSECURE: nothing was opened: 0\.0\.0\.0 can be reached from other machines/m,
  )
  t.strictSame(readdirSync(folder), [], 'nor was anything made')

  const insecure = new Running([...line, '--insecure'], folder)
  t.teardown(() => insecure.kill())
  await insecure.says(/elected leader/)
  for (const each of insecure.stderr.trim().split('\n')) t.match(each, / insecure=true$/)
})

interface Answer {
  readonly status: number | undefined
  readonly body: string
}

function posted(port: number, tls: TlsOptions, path: string, body: string): Promise<Answer> {
  return answered(port, tls, path, 'POST', body)
}

function answered(
  port: number,
  { ca, cert, key }: TlsOptions,
  path: string,
  method = 'GET',
  body = '',
): Promise<Answer> {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file))
  const headers = { 'content-type': 'application/json' }
  const own = { ca: read(ca), cert: read(cert), key: read(key) }
  return new Promise((resolve, reject) => {
    const sent = request({ host: 'localhost', port, path, method, headers, agent: false, ...own })
    sent.on('error', reject).on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode, body: text }))
    })
    sent.end(body)
  })
}
