/** The manifests of docs/deploy for Kubernetes and Compose: their types, and the flags that they set. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { parse, parseAllDocuments } from 'yaml'
import { membersOf, textsIn } from '../../lib/json.js'
import { cli, plainNode, temporaryFolder } from '../harness/processes.js'
import { tools, withTools } from '../package/stranger.js'

t.setTimeout(300_000)

const deploy = join(import.meta.dirname, '../../../docs/deploy')
const kubernetes = join(deploy, 'kubernetes')

type Members = Readonly<Record<string, unknown>>

function manifests(): readonly Members[] {
  const files = readdirSync(kubernetes).filter((name) => name !== 'kustomization.yaml')
  return files.flatMap((name) => {
    const documents = parseAllDocuments(readFileSync(join(kubernetes, name), 'utf8'), { merge: true })
    return [...documents].map((document) => {
      t.same(document.errors, [], name)
      return membersOf(document.toJS())
    })
  })
}

/** As a constant of the type that Kubernetes' own schema gives such an object: a field too many does not compile. */
function asTyped(manifest: Members): string {
  const { apiVersion, kind } = manifest
  const from = `kubernetes-models/${String(apiVersion)}`
  return `export const manifest: import('${from}').I${String(kind)} = ${JSON.stringify(manifest, null, 2)}\n`
}

function complaints(texts: readonly string[]): readonly string[] {
  const folder = temporaryFolder(t)
  symlinkSync(tools, join(folder, 'node_modules'))
  const files = texts.map((text, at) => {
    writeFileSync(join(folder, `manifest${at}.mts`), text)
    return join(folder, `manifest${at}.mts`)
  })
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
  })
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

t.test('each manifest is what Kubernetes says such an object is', async (t) => {
  await withTools()
  const all = manifests()
  t.same(all.map(({ kind }) => kind).sort(), [
    ...['ConfigMap', 'ConfigMap', 'ConfigMap', 'NetworkPolicy', 'PodDisruptionBudget', 'PodDisruptionBudget'],
    ...['Service', 'Service', 'ServiceAccount', 'StatefulSet', 'StatefulSet'],
  ])
  t.same(complaints(all.map(asTyped)), [])
  const mistaken = asTyped({ apiVersion: 'v1', kind: 'ServiceAccount', automountToken: false })
  t.match(complaints([mistaken]), [/automountToken/], 'what is misspelt is found')
})

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0

t.test('kubectl puts them together', { skip: kubectl ? false : 'kubectl is not installed' }, async (t) => {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', kubernetes], { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  t.equal(stdout.split('\n---\n').length, manifests().length)
  t.match(stdout, /image: registry\.example\/rollcall:0\.1\.0/)
})

/** What `rollcall config` makes of variables; throws when they are no flags, or have values that flags do not. */
function settings(variables: Readonly<Record<string, string>>): Members {
  const [, program] = plainNode
  const env = { PATH: process.env['PATH'], ...variables }
  const args = [cli, 'config', '--json']
  const { status, stdout, stderr } = spawnSync(String(program), args, { env, encoding: 'utf8' })
  if (status === 0) return membersOf(JSON.parse(stdout))
  throw new Error(stderr)
}

const named = (variables: Members): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      name.startsWith('ROLLCALL_') ? [[name, String(value)]] : [],
    ),
  )

const valueOf = (found: Members, flag: string): string => String(membersOf(found[flag])['value'])

t.test('each container of Compose sets flags that there are', async (t) => {
  const compose = membersOf(parse(readFileSync(join(deploy, 'docker/compose.yaml'), 'utf8'), { merge: true }))
  const services = Object.entries(membersOf(compose['services']))
  const ids = new Set<string>()
  for (const [name, service] of services) {
    const { command, environment } = membersOf(service)
    const [program, id] = textsIn(command)
    if (program !== 'node' && program !== 'nameserver') continue
    const found = settings(named(membersOf(environment)))
    t.equal(id, name)
    t.match(valueOf(found, 'members'), `${name}@${valueOf(found, 'advertise')}`, 'it is one of its group')
    t.equal(valueOf(found, 'tls-cert'), `/secrets/${name}.pem`)
    t.equal(valueOf(found, 'tls-client-cert'), 'required')
    ids.add(name)
  }
  t.same([...ids], ['ns1', 'ns2', 'ns3', 'node1', 'node2', 'node3'])
})

t.test('each pod sets flags that there are', async (t) => {
  const all = manifests()
  const maps = new Map(
    all.flatMap(({ kind, metadata, data }) =>
      kind === 'ConfigMap' ? [[String(membersOf(metadata)['name']), membersOf(data)] as const] : [],
    ),
  )
  for (const { kind, metadata, spec } of all) {
    if (kind !== 'StatefulSet') continue
    const name = String(membersOf(metadata)['name'])
    const pod = membersOf(membersOf(membersOf(spec)['template'])['spec'])
    const [container] = Array.isArray(pod['containers'])
      ? pod['containers'].map((each) => membersOf(each))
      : []
    const own = Array.isArray(container?.['env']) ? container['env'].map((each) => membersOf(each)) : []
    const first = `${name}-0`
    const variables = own.map(({ name: variable, value }) => [
      String(variable),
      String(value).replace('$(POD)', first),
    ])
    const found = settings(
      named({ ...maps.get('rollcall'), ...maps.get(name), ...Object.fromEntries(variables) }),
    )
    t.match(valueOf(found, 'members'), `${first}@${valueOf(found, 'advertise')}`, 'it is one of its group')
    t.equal(valueOf(found, 'host'), '0.0.0.0')
  }
})
