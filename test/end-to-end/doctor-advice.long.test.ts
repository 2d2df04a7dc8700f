/** What the doctor tells to do behind its arrows is done, and helps; so is what a damaged name server says. */
import { once } from 'node:events'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Cluster } from '../harness/cluster.js'
import { BackgroundProcess } from '../harness/node-process.js'
import { freePorts, Running } from '../harness/processes.js'
import { until } from '../harness/until.js'

const cluster = await Cluster.start(t, 3)
const client = await cluster.connect()
await cluster.leader(client)

const portOf = (place: string): number => Number(place.slice(place.lastIndexOf(':') + 1))
const folderOf = (id: string): string => join(cluster.folder, '.rollcall', id)

async function diagnosis(...flags: readonly string[]): Promise<string> {
  return (await cluster.run('doctor', ...flags).ended).stdout
}

/** What stands behind the arrow of the one problem about it. */
async function adviceOn(about: string, what: RegExp): Promise<string> {
  const lines = (await diagnosis())
    .split('\n')
    .filter((line) => line.startsWith('PROBLEM') && line.includes(about))
  const line = lines.find((each) => what.test(each)) ?? ''
  const [, advice] = line.split(' → ')
  if (advice === undefined) throw new Error(`nothing is advised on ${about}: ${lines.join('; ')}`)
  return advice
}

/** The first command between backticks, where and as whoever reads it would type it. */
function typed(advice: string): Running {
  const [, command = ''] = /`rollcall ([^`]+)`/.exec(advice) ?? []
  return new Running(command.split(' '), cluster.folder, {
    ROLLCALL_NAMESERVER: cluster.nameserver,
    ROLLCALL_MEMBERS: cluster.members.join(','),
    ...(command === 'nameserver' && { ROLLCALL_PORT: String(portOf(cluster.nameserver)) }),
  })
}

function start(name: string, advice: string): void {
  cluster.processes.set(name, typed(advice))
}

async function isHealthy(): Promise<void> {
  let last = ''
  await until(
    () => `a healthy cluster; the doctor says ${last}`,
    async () => !(last = await diagnosis()).includes('PROBLEM'),
  )
}

async function twoFollowers(): Promise<readonly [string, string]> {
  const leader = await cluster.leader(client)
  const [one = '', other = ''] = cluster.ids.filter((id) => id !== leader)
  return [one, other]
}

t.test('members that are missing are started as it is told, also those of a lost majority', async (t) => {
  const down = await twoFollowers()
  await cluster.kill(...down)
  const lost = await adviceOn('cluster rollcall', /1 of 3 voters answer/)
  t.match(lost, new RegExp(`^start ${[...down].sort().join(' or ')}`))
  for (const id of down) start(id, await adviceOn(id, /nobody listens there/))
  await isHealthy()
})

t.test('a name server that is missing is started as it is told', async () => {
  await cluster.kill('nameserver')
  start('nameserver', await adviceOn('name server', /nobody listens there/))
  await isHealthy()
})

t.test('another program at the port is ended, and the member started', async (t) => {
  const [id] = await twoFollowers()
  await cluster.kill(id)
  const uri = cluster.members.find((member) => member.startsWith(`${id}@`)) ?? ''
  const stranger = createServer((socket) => {
    socket.on('error', () => undefined).on('data', () => undefined)
    socket.end('220 mail.example ESMTP\r\n', () => socket.destroy())
  })
  stranger.listen(portOf(uri), '127.0.0.1')
  await once(stranger, 'listening')
  t.match(await adviceOn(id, /another program answers there/), /^end that program, or correct --members/)
  await new Promise((closed) => stranger.close(closed))
  start(id, await adviceOn(id, /nobody listens there/))
  await isHealthy()
})

t.test('a process that hangs with its folder is ended, and the member started again', async (t) => {
  const [id] = await twoFollowers()
  cluster.process(id).signal('SIGSTOP')
  const advice = await adviceOn(id, /a process has its data folder/)
  t.match(advice, /end that process, then start the member again$/)
  await cluster.kill(id)
  start(id, await adviceOn(id, /nobody listens there/))
  await isHealthy()
})

t.test('with another name of the cluster it says which one is there', async (t) => {
  const [, name = ''] = /→ say --cluster (\S+),/.exec(await diagnosis('--cluster', 'other')) ?? []
  t.equal(name, 'rollcall')
  t.notMatch(await diagnosis('--cluster', name), 'PROBLEM')
})

/** As `diagnosis`, of what `flags` name alone. */
async function diagnosisOf(...flags: readonly string[]): Promise<string> {
  return (await new Running(['doctor', ...flags], cluster.folder).ended).stdout
}

t.test('a place of another host is corrected, or left out for the one that answers', async (t) => {
  const WRONG = {
    'no-such-host.invalid:9090': /the host name (is unknown|can not be resolved now)/,
    // A connection to many at once: the system knows no way.
    '224.0.0.1:9090': /there is no way to that (host|network)/,
  }
  for (const [place, what] of Object.entries(WRONG)) {
    const said = await diagnosisOf('--nameserver', place, '--members', cluster.members.join(','))
    const line = said.split('\n').find((each) => each.includes(`name server ${place}`)) ?? ''
    t.match(line, what)
    t.match(line, new RegExp(` → .*${place}.*, or give its place with --nameserver$`))
    t.notMatch(line, 'rollcall nameserver')
  }
  t.notMatch(await diagnosisOf('--nameserver', cluster.nameserver), 'PROBLEM')
})

t.test(
  'with folders of another cluster it says which, and is asked for that one, or with others',
  async (t) => {
    const [port = 0] = await freePorts(1)
    const east = [
      '--nameserver',
      cluster.nameserver,
      '--cluster',
      'east',
      '--members',
      `node1@localhost:${port}`,
    ]
    cluster.processes.set(
      'east',
      new Running(['node', 'node1', ...east, '--data', 'east/node1'], cluster.folder),
    )
    const isEastHealthy = async (): Promise<boolean> =>
      !(await diagnosisOf(...east, '--data', 'east')).includes('PROBLEM')
    await until(() => 'a healthy cluster "east"', isEastHealthy)
    const said = await diagnosis('--data', 'east')
    const line = said.split('\n').find((each) => each.includes('of the cluster "east"')) ?? ''
    t.match(line, / → give --cluster, or another folder with --data$/)
    t.notMatch(await diagnosis('--data', '.rollcall'), 'PROBLEM', 'another folder')
    t.ok(await isEastHealthy(), 'the other cluster')
    await cluster.kill('east')
  },
)

t.test('of a folder that can not be read, verify says more', async (t) => {
  const [id] = await twoFollowers()
  await cluster.kill(id)
  const file = join(folderOf(id), 'member.json')
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, 20))
  const { status, stdout, stderr } = await typed(await adviceOn(id, /can't be read/)).ended
  t.equal(status, 1)
  t.match(stdout + stderr, /member\.json/)
  writeFileSync(file, whole)
  start(id, await adviceOn(id, /nobody listens there/))
  await isHealthy()
})

t.test('a damaged name server is deleted and started, and has its names again', async (t) => {
  await cluster.kill('nameserver')
  const file = join(folderOf('nameserver'), 'log-0000000001')
  const bytes = readFileSync(file)
  bytes.write('X', bytes.indexOf('rollcall.leader'))
  writeFileSync(file, bytes)
  const { status, stderr } = await cluster.startNameServer().ended
  t.equal(status, 1)
  t.match(stderr, /^error: DAMAGED_STORAGE: .*alone.*: delete its folder and start it again/m)
  t.match(stderr, /One of several: rollcall remove-node nameserver1 --nameservers/)
  rmSync(folderOf('nameserver'), { recursive: true })
  cluster.startNameServer()
  await isHealthy()
  const wanted = ['rollcall.leader', 'kv', ...cluster.ids]
  await until(
    () => `the names ${wanted.join(', ')}`,
    async () => {
      const names = (await client.nameserver.list()).map(({ name }) => name)
      return wanted.every((name) => names.includes(name))
    },
  )
})

t.test(
  'a member that founded a cluster of its own is stopped, and added anew with an empty folder',
  async (t) => {
    const [id] = await twoFollowers()
    const member = cluster.members.find((each) => each.startsWith(`${id}@`)) ?? ''
    await cluster.kill(id)
    renameSync(folderOf(id), `${folderOf(id)}.before`)
    const alone = ['node', id, '--members', member, '--nameserver', cluster.nameserver]
    cluster.processes.set(id, new Running(alone, cluster.folder))
    const told = /its cluster id is .*: it belongs to another cluster of the same name/
    await until(
      () => 'the other cluster id',
      async () => told.test(await diagnosis()),
    )
    const advice = await adviceOn(id, told)
    t.match(advice, /^stop it, move its data folder away, and add it anew: /)
    await cluster.kill(id)
    renameSync(folderOf(id), `${folderOf(id)}.other`)
    const [, first = '', second = ''] = /(`[^`]+`), then (`[^`]+`)$/.exec(advice) ?? []
    let said = ''
    for (const command of [first, second]) {
      const { status, stdout, stderr } = await typed(command).ended
      t.equal(status, 0, stderr)
      said = stdout + stderr
    }
    const [, pid = '', logFile = ''] = / runs as process (\d+) and logs to (\S+)/.exec(said) ?? []
    const added = new BackgroundProcess(Number(pid), join(cluster.folder, logFile))
    t.ok(added.isRunning)
    await isHealthy()
    t.teardown(async () => {
      await cluster.run('remove-node', id).ended
      await added.ended
    })
  },
)
