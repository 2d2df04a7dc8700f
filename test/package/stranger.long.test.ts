/**
 * The package as strangers meet it, from the tarball: each way of running JavaScript and TypeScript, and what is
 * installed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePorts } from '../harness/free-ports.js'
import { done, run, stranger, tools, withTools } from './stranger.js'
import { tarball } from './tarball.js'

t.setTimeout(600_000)

await withTools()
const packed = await tarball()
const folder = await stranger(t, packed)
/** Those that come as packages run on Linux on x64. */
const other = (name: string): string => {
  const path = join(tools, name, 'bin/node')
  return existsSync(path) ? path : process.execPath
}
const node24 = other('node24')
const node20 = other('node20')
const tool = (name: string): string => join(tools, '.bin', name)

let count = 0
/** What a program prints that is given a port for a name server, a folder, and a port for a member. */
async function printed(command: string, args: readonly string[]): Promise<readonly string[]> {
  const [port = 0, own = 0] = await freePorts(2)
  const data = join(folder, `data${(count += 1)}`)
  return (await done(command, [...args, String(port), data, String(own)], folder)).trim().split('\n')
}

const PLAIN = ['hello, you', '1', '2', 'news', 'true RangeError']

for (const [name, node] of [
  ['the oldest Node.js', node20],
  ['this Node.js', process.execPath],
  ['Node.js 24', node24],
] as const) {
  t.test(`plain JavaScript on ${name}: ES modules`, async (t) => {
    t.same(await printed(node, ['plain.mjs']), PLAIN)
  })

  t.test(`plain JavaScript on ${name}: require, with import beside it`, async (t) => {
    const [last = '', errors = '', visits = '', ...before] = (await printed(node, ['plain.cjs'])).toReversed()
    t.same(before.toReversed(), PLAIN)
    t.equal(visits, '[1,true]', 'a command knows its context')
    t.equal(errors, 'true true false', 'errors are instances of their classes in either form')
    t.equal(last, 'function function')
  })
}

t.test('where Node.js can require ES modules there is one copy', async (t) => {
  const same = `import('rollcall').then((m) => console.log(m.RemoteError === require('rollcall').RemoteError))`
  for (const node of [process.execPath, node24])
    t.equal((await done(node, ['--input-type=commonjs', '-e', same], folder)).trim(), 'true')
})

const ERASABLE = ['hello, you', '1', '2', 'news', 'en', '2026', 'RangeError']

t.test('TypeScript by Node.js 24 alone, and by tsx', async (t) => {
  t.same(await printed(node24, ['main.ts']), ERASABLE)
  t.same(await printed(tool('tsx'), ['main.ts']), ERASABLE)
  t.same((await printed(tool('tsx'), ['decorated.ts'])).slice(0, 2), ['hello, you en', '1'])
})

const COMPILED = ['hello, you en', '1', '2 2']
/** With the types of the package looked at, too, and none of Node.js beside them. */
const STRICT = ['--strict', '--target', 'es2022', '--skipLibCheck', 'false']

for (const [name, flags] of [
  ['nodenext', ['--module', 'nodenext']],
  ['experimentalDecorators, as NestJS has them', ['--module', 'nodenext', '--experimentalDecorators']],
  [
    'a bundler, exact optional properties',
    ['--module', 'nodenext', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
  ],
  ['the newest library of the language', ['--module', 'nodenext', '--lib', 'esnext,dom']],
] as const)
  t.test(`TypeScript by tsc: ${name}`, async (t) => {
    const out = `out-${name.replace(/\W/g, '')}`
    await done(tool('tsc'), [...STRICT, ...flags, '--outDir', out, 'decorated.ts'], folder)
    t.same(await printed(process.execPath, [`${out}/decorated.js`]), COMPILED)
  })

t.test('TypeScript by tsc to CommonJS, by the resolution that knows no exports', async (t) => {
  const flags = ['--module', 'commonjs', '--moduleResolution', 'node10', '--experimentalDecorators']
  await done(tool('tsc'), [...STRICT, ...flags, '--outDir', 'out-cjs', 'decorated.ts'], folder)
  writeFileSync(join(folder, 'out-cjs/package.json'), '{ "type": "commonjs" }')
  for (const node of [process.execPath, node20])
    t.same(await printed(node, ['out-cjs/decorated.js']), COMPILED)
})

t.test('what is wrong does not compile', async () => {
  await done(tool('tsc'), [...STRICT, '--module', 'nodenext', '--noEmit', 'misused.ts'], folder)
})

t.test('vitest, with the configuration that its page names, and node:test', async (t) => {
  const there = await stranger(t, packed, [`vitest@${version('vitest')}`, `vite@${version('vite')}`])
  writeFileSync(join(there, 'tsconfig.json'), '{ "compilerOptions": { "experimentalDecorators": true } }')
  writeFileSync(join(there, 'vitest.config.js'), `export default { test: { include: ['*.vitest.ts'] } }`)
  const ports = await freePorts(3)
  await done('env', [`PORTS=${ports.slice(0, 2).join(',')}`, 'npx', 'vitest', 'run'], there)
  const said = await done('env', [`PORT=${ports[2] ?? 0}`, node24, '--test', 'greeter.node-test.ts'], there)
  t.match(said, /pass 1\n/)
})

t.test('NestJS: an injectable is served, with its own decorators beside those of this package', async (t) => {
  const nest = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs']
  const there = await stranger(
    t,
    packed,
    nest.map((name) => `${name}@${version(name)}`),
  )
  for (const module of ['nodenext', 'commonjs']) {
    const older = module === 'commonjs' ? ['--moduleResolution', 'node10'] : []
    const flags = ['--module', module, ...older, '--experimentalDecorators', '--emitDecoratorMetadata']
    const compiled = ['--strict', '--target', 'es2022', '--skipLibCheck', '--outDir', module, 'nest.ts']
    await done(tool('tsc'), [...flags, ...compiled], there)
    writeFileSync(
      join(there, module, 'package.json'),
      JSON.stringify({ type: module === 'commonjs' ? 'commonjs' : 'module' }),
    )
    const [port = 0] = await freePorts(1)
    const said = await done(process.execPath, [`${module}/nest.js`, String(port), join(there, module)], there)
    t.equal(said, '8\nclosed\n', module)
  }
})

t.test('nothing comes along that nobody asked for', async (t) => {
  const types = await run('npm', ['ls', '--all', '@types/node', 'jayson'], folder)
  t.match(types.stdout, /\(empty\)/)
  const installed = readdirSync(join(folder, 'node_modules/rollcall'), { recursive: true, encoding: 'utf8' })
  t.same(
    installed.filter((path) =>
      /\.map$|\.tsbuildinfo$|dist\/(test|bench|cjs\/test)\/|internals|decisions/.test(path),
    ),
    [],
  )
  const mapped = installed.filter(
    (path) => /\.(js|d\.ts)$/.test(path) && read(path).includes('sourceMappingURL'),
  )
  t.same(mapped, [])
})

t.test('the command of the package works', async (t) => {
  t.match(await done('npx', ['rollcall', '--version'], folder), /^\d+\.\d+\.\d+/)
})

t.test('publint and arethetypeswrong find nothing', async (t) => {
  const said = await run(tool('publint'), ['run', packed, '--strict'], folder)
  t.equal(said.status, 0, said.stdout)
  // Pages are no CommonJS: who requires the client half for them is told so.
  const wrong = await run(tool('attw'), [packed, '--exclude-entrypoints', 'browser'], folder)
  t.equal(wrong.status, 0, wrong.stdout)
})

function read(path: string): string {
  return readFileSync(join(folder, 'node_modules/rollcall', path), 'utf8')
}

function version(name: string): string {
  const { version } = JSON.parse(readFileSync(join(tools, name, 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}
