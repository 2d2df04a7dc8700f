/** The sources of what ships, as the compiler reads them, for tests that compare pages with them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { project } from './house.js'

const ROOMS = ['nameserver', 'node', 'client', 'balancer', 'lib']

export interface Source {
  /** From the root of the project. */
  readonly path: string
  readonly tree: ts.SourceFile
}

/** Read once for all tests of a process. */
let known: readonly Source[] | undefined

export function sources(): readonly Source[] {
  return (known ??= readSources())
}

function readSources(): readonly Source[] {
  const paths = ROOMS.flatMap((room) =>
    readdirSync(join(project, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.d)\.ts$/.test(name))
      .map((name) => join(room, name)),
  )
  return ['command.ts', ...paths].map((path) => {
    const text = readFileSync(join(project, path), 'utf8')
    return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
  })
}

/** Each node of the tree, from the top down. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

/** The cells of the rows of all tables of a page below docs/, without the rows that are their heads. */
export function rowsOf(page: string): readonly (readonly string[])[] {
  const lines = readFileSync(join(project, 'docs', page), 'utf8').split('\n')
  const isRow = (line: string | undefined): line is string => line?.startsWith('| ') === true
  return lines
    .filter((line, at) => isRow(line) && !/^\|[-|]+$/.test(lines[at + 1] ?? ''))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
