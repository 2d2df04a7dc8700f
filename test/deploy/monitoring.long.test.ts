/** The alerts and the dashboard of docs/deploy, as Prometheus' own program judges them, and what members tell. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../harness/operator.js'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'

const deploy = join(import.meta.dirname, '../../../docs/deploy')
const prometheus = join(deploy, 'prometheus')

const isThere = spawnSync('promtool', ['--version']).status === 0
const skip = isThere ? false : 'promtool is not installed (package prometheus)'

interface Said {
  readonly status: number | null
  readonly output: string
}

function promtool(args: readonly string[], input = ''): Said {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: prometheus, input, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

/** What the panels ask for, as it is when a cluster has been chosen. */
function questions(): readonly string[] {
  const { panels } = JSON.parse(readFileSync(join(deploy, 'grafana/rollcall.json'), 'utf8')) as Dashboard
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$cluster', 'rollcall')))
}

t.test('promtool accepts the rules, their tests and the configuration', { skip }, async (t) => {
  for (const args of [
    ['check', 'rules', 'rollcall.rules.yaml'],
    ['test', 'rules', 'rollcall.rules.test.yaml'],
    ['check', 'config', 'prometheus.yaml'],
  ]) {
    const { status, output } = promtool(args)
    t.equal(status, 0, output)
  }
})

t.test('each alert is tried where it has to go off', async (t) => {
  const rules = readFileSync(join(prometheus, 'rollcall.rules.yaml'), 'utf8')
  const tests = readFileSync(join(prometheus, 'rollcall.rules.test.yaml'), 'utf8')
  const alerts = Array.from(rules.matchAll(/- alert: (\w+)/g), ([, name = '']) => name)
  t.ok(alerts.length > 0)
  for (const name of alerts) t.match(tests, new RegExp(`alertname: ${name}\\n +exp_alerts:\\n`), name)
})

t.test('promtool accepts what the dashboard asks for', { skip }, async (t) => {
  const rules = questions().map((expr, at) => ({ record: `question:${at}`, expr }))
  t.ok(rules.length >= 12)
  const file = join(temporaryFolder(t), 'rules.yaml')
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
  const { status, output } = promtool(['check', 'rules', file])
  t.equal(status, 0, output)
})

t.test('members, name servers and balancers tell what alerts and dashboard ask for', async (t) => {
  const { cluster, client } = await Operator.start(t, 3, [])
  await client.call('kv', 'set', ['x', 1])
  const [port = 0] = await freePorts(1)
  const places = ['--nameserver', cluster.nameserver, '--members', cluster.members.join(',')]
  const balancer = new Running(['balancer', '--port', `${port}`, ...places], temporaryFolder(t))
  t.teardown(() => balancer.kill())
  await balancer.says(/balancer ready/)
  const addresses = [
    ...cluster.members.map((uri) => uri.replace(/^.*@/, '')),
    cluster.nameserver,
    `localhost:${port}`,
  ]
  const pages = await Promise.all(
    addresses.map(async (address) => (await fetch(`http://${address}/metrics`)).text()),
  )
  const rules = readFileSync(join(prometheus, 'rollcall.rules.yaml'), 'utf8')
  const asked = [...questions(), rules].join('\n').match(/\b(?:rollcall|process|nodejs)_[a-z_]+/g) ?? []
  // Of those alone who speak TLS, which test/lib/access and test/system ask for it.
  for (const name of new Set(asked.filter((each) => !each.startsWith('rollcall_tls_'))))
    t.ok(
      pages.some((page) => new RegExp(`^# TYPE ${name} (?:gauge|counter)$`, 'm').test(page)),
      name,
    )
  if (isThere)
    for (const page of pages) t.same(promtool(['check', 'metrics'], page), { status: 0, output: '' })
})
