/**
 * A shipped object is one file and its entry in one list: what is known of it elsewhere follows, in a copy of the
 * house.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import ts from 'typescript'
import type * as startBalancer from '../../balancer/start-balancer.js'
import type * as table from '../../client/repl/table.js'
import type * as rollcall from '../../api.js'
import { silent } from '../harness/ports.js'
import { freePorts, plainNode, temporaryFolder } from '../harness/processes.js'
import { optionsOf } from '../mutants/compiler.js'
import { complaintsAboutWhatShips } from './declarations.js'

const project = join(import.meta.dirname, '../../..')

const TALLY = `
import { command, query } from '../replica/objects/marks.js'

export class Tally {
  votes = 0
  @command vote(weight: number): number {
    return (this.votes += weight)
  }
  @query result(): number {
    return this.votes
  }
}
`

const LISTED = [
  ["import { Log } from './log.js'\n", "import { Tally } from './tally.js'\n"],
  ['export const SHIPPED_OBJECTS = {\n', "  tally: { class: Tally, explanation: 'votes, counted' },\n"],
] as const

const USE = `
import { connect, type ShippedApi } from './api.js'

export async function use(): Promise<number> {
  const tally = (await connect()).object<ShippedApi<'tally'>>('tally')
  await tally.vote(2)
  return tally.result()
}
`

const MISUSES = {
  'a method that it has not': USE.replace('tally.vote(2)', 'tally.veto(2)'),
  'an argument of another type': USE.replace('tally.vote(2)', "tally.vote('two')"),
  'a result of another type': USE.replace('Promise<number>', 'Promise<string>'),
  'an object that is not shipped': USE.replace("ShippedApi<'tally'>", "ShippedApi<'tallies'>"),
}

const folder = temporaryFolder(t)
const house = join(folder, 'dist')

/** What is compiled, where a source that stands beside its output goes before it. */
function build(): void {
  const tests = /^(test|bench|\.build)(\/|$)|\.map$/
  const filter = (from: string): boolean => !tests.test(relative(join(project, 'dist'), from))
  complaintsAboutWhatShips()
  cpSync(join(project, 'dist'), house, { recursive: true, filter })
  cpSync(join(project, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
}

function listWithTally(): string {
  const list = readFileSync(join(project, 'lib/shipped/index.ts'), 'utf8')
  return LISTED.reduce((text, [place, line]) => text.replace(place, place + line), list)
}

/** What the compiler says of each source; it writes their JavaScript beside them. */
function compile(sources: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  for (const [path, text] of sources) writeFileSync(join(house, path), text)
  const rootNames = [...sources.keys()].map((path) => join(house, path))
  const { outDir, rootDir, declarationMap, sourceMap, tsBuildInfoFile, ...options } = optionsOf(
    join(project, 'tsconfig.main.json'),
  )
  const program = ts.createProgram({ rootNames, options })
  program.emit()
  return new Map([...sources.keys()].map((path) => [path, saidOf(program, join(house, path))]))
}

function saidOf(program: ts.Program, path: string): string {
  const source = program.getSourceFile(path)
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('\n')
}

const moduleOf = (path: string): Promise<unknown> => import(pathToFileURL(join(house, path)).href)

/** Without blanks, as a narrow terminal breaks words. */
function helpOf(command: string): string {
  const args = [...plainNode, join(house, 'command.js'), command, '--help']
  return spawnSync('env', args, { encoding: 'utf8' }).stdout.replace(/\s+/g, '')
}

build()

t.test('its type follows from its class', async (t) => {
  const own = new Map([
    ['lib/shipped/tally.ts', TALLY],
    ['lib/shipped/index.ts', listWithTally()],
    ['use.ts', USE],
  ])
  const misuses = Object.values(MISUSES).map((text, at) => [`misuse${at}.ts`, text] as const)
  const said = compile(new Map([...own, ...misuses]))
  for (const path of own.keys()) t.equal(said.get(path), '', path)
  for (const [at, what] of Object.keys(MISUSES).entries())
    t.not(said.get(`misuse${at}.ts`), '', `${what} is refused`)
})

t.test('help knows it', async (t) => {
  const { helpText } = (await moduleOf('client/repl/table.js')) as typeof table
  t.match(helpText({}), /^ {2}tally +votes, counted: vote, result$/m)
  t.match(helpOf('balancer'), /--allow-object[^[]*\[string\]\[default:tally,log,kv,counter,[^\]]*\]/)
  t.match(helpOf('node'), /--objects[^[]*besidetally,log,kv,counter,[^;]*;/)
})

t.test('a node serves it, and the balancer passes its calls on', async (t) => {
  const { startNode, connect } = (await moduleOf('api.js')) as typeof rollcall
  const balancing = (await moduleOf('balancer/start-balancer.js')) as typeof startBalancer
  const [port = 0, nobody = 0] = await freePorts(2)
  const places = { members: [`a@localhost:${port}`], nameserver: [`localhost:${nobody}`] }
  const node = await startNode({ ...places, id: 'a', data: join(folder, 'a'), logger: silent })
  t.teardown(() => node.stop())
  const client = await connect(places)
  t.teardown(() => client.close())
  t.equal(await client.call('tally', 'vote', [2]), 2)
  const balancer = await balancing.startBalancer({ ...places, port: 0, logger: silent })
  t.teardown(() => balancer.stop())
  if (balancer.address.kind !== 'tcp') throw new Error('it listens on no port')
  const answer = await fetch(`http://127.0.0.1:${balancer.address.port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tally.result', params: [] }),
  })
  t.match(await answer.json(), { result: 2 })
})
