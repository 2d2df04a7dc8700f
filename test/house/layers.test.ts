/** The rooms keep their doors: an import that points up is refused by the compiler and by the linter. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, cpSync, symlinkSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { plainNode } from '../harness/processes.js'

const project = join(import.meta.dirname, '../../..')

/** A copy of the rooms, with `source` added at `place`. */
function houseWith(place: string, source: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'rollcall-layers-'))
  // With what is compiled already, and its times, only the room in question is compiled again.
  const parts = [
    'lib',
    'node',
    'client',
    'nameserver',
    'testing',
    'cli.ts',
    'index.ts',
    'package.json',
    'dist',
  ]
  for (const part of parts)
    cpSync(join(project, part), join(copy, part), { recursive: true, preserveTimestamps: true })
  for (const file of ['tsconfig.base.json', 'tsconfig.main.json', '.dependency-cruiser.json'])
    cpSync(join(project, file), join(copy, file))
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  mkdirSync(join(copy, place, '..'), { recursive: true })
  writeFileSync(join(copy, place), source)
  return copy
}

function run(copy: string, tool: string, ...args: string[]): { refused: boolean; said: string } {
  const done = spawnSync('env', [...plainNode, join(project, 'node_modules', tool), ...args], {
    cwd: copy,
    encoding: 'utf8',
  })
  return { refused: done.status !== 0, said: done.stdout + done.stderr }
}

const compiler = 'typescript/bin/tsc'
const cruiser = 'dependency-cruiser/bin/dependency-cruise.mjs'
const cruise = [
  '--config',
  '.dependency-cruiser.json',
  'cli.ts',
  'index.ts',
  'nameserver',
  'node',
  'client',
  'testing',
  'lib',
]

interface Upward {
  readonly name: string
  readonly place: string
  readonly source: string
  readonly compile: string
  readonly compilerSays: RegExp
  readonly linterSays: RegExp
}

const upward: readonly Upward[] = [
  {
    name: 'the core importing the ports',
    place: 'lib/raft/upward.ts',
    source: "export { ms } from '../ports.js'\n",
    compile: 'lib/raft',
    compilerSays: /upward\.ts.*TS6307/,
    linterSays: /raft-imports-nothing: lib\/raft\/upward\.ts/,
  },
  {
    name: 'the replica importing the system',
    place: 'lib/replica/upward.ts',
    source: "export { systemClock } from '../system/clock.js'\n",
    compile: 'lib',
    compilerSays: /upward\.ts.*TS6307|clock\.ts.*TS/,
    linterSays: /shared-code-does-not-know-the-system: lib\/replica\/upward\.ts/,
  },
  {
    name: 'shared code naming a timer',
    place: 'lib/replica/upward.ts',
    source: 'setTimeout(() => {}, 1)\nexport {}\n',
    compile: 'lib',
    compilerSays: /upward\.ts.*TS2304.*setTimeout/,
    linterSays: /^/,
  },
  {
    name: 'the client importing the node',
    place: 'client/upward.ts',
    source: "export * from '../node/start-node.js'\n",
    compile: 'client',
    compilerSays: /upward\.ts.*TS6307|TS6059/,
    linterSays: /programs-meet-on-the-wire: client\/upward\.ts/,
  },
  {
    name: 'the node importing the checker',
    place: 'node/upward.ts',
    source: "export * from '../testing/checker/history.js'\n",
    compile: 'node',
    compilerSays: /upward\.ts.*TS6307|TS6059/,
    linterSays: /no-program-carries-the-testing-room: node\/upward\.ts/,
  },
  {
    name: 'the checker importing a program',
    place: 'testing/checker/upward.ts',
    source: "export * from '../../nameserver/registry.js'\n",
    compile: 'testing',
    compilerSays: /upward\.ts.*TS6307|TS6059/,
    linterSays: /testing-stands-on-lib-alone: testing\/checker\/upward\.ts/,
  },
]

t.test('the house as it stands is accepted by the linter', (t) => {
  const { refused, said } = run(project, cruiser, ...cruise)
  t.notOk(refused, said)
  t.end()
})

for (const { name, place, source, compile, compilerSays, linterSays } of upward)
  t.test(`${name} is refused`, (t) => {
    const copy = houseWith(place, source)
    t.teardown(() => rmSync(copy, { recursive: true, force: true }))
    const compiled = run(copy, compiler, '-b', compile)
    t.ok(compiled.refused, 'the compiler refuses it')
    t.match(compiled.said, compilerSays)
    const linted = run(copy, cruiser, ...cruise)
    t.match(linted.said, linterSays)
    t.end()
  })
