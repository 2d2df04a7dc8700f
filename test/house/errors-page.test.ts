/** docs/errors.md has every name that may stand behind `error: `, or in the `name` of an error on the wire. */
import t from 'tap'
import ts from 'typescript'
import { nodesOf, rowsOf, sources, type Source } from './sources.js'

/** `label = 'X'`, `label: 'X' | 'Y'`, and the first argument of `new CommandError('X', …)`. */
function namesIn({ path, tree }: Source): readonly string[] {
  return [...nodesOf(tree)].flatMap((node) => {
    if (ts.isPropertyDeclaration(node) && node.name.getText(tree) === 'label') return textsOf(node, path)
    if (!ts.isNewExpression(node) || node.expression.getText(tree) !== 'CommandError') return []
    const [name] = node.arguments ?? []
    return name === undefined ? [] : textsOf(name, path)
  })
}

/** The labels that are written there; elsewhere than in the classes of lib that take one, there is one. */
function textsOf(node: ts.Node, path: string): readonly string[] {
  const texts = [...nodesOf(node)].filter((each) => ts.isStringLiteral(each)).map(({ text }) => text)
  if (texts.length === 0 && !ABSTRACT.has(path))
    throw new Error(`${path}: the name of an error is no literal: ${node.getText()}`)
  return texts
}

/** Where a class leaves its label to those that extend or make it, or an error is told again with more to it. */
const ABSTRACT = new Set([
  'client/members/add-member.ts',
  'lib/command-line/report.ts',
  'lib/rpc/rollcall-error.ts',
  'lib/storage/inspect.ts',
])

/** What an error without a label has as its name (`report.ts`). */
const UNNAMED = 'FAILED'

t.test('docs/errors.md has each name of an error in the source, and no other', async (t) => {
  const built = new Set([...sources().flatMap(namesIn), UNNAMED])
  const written = rowsOf('errors.md').map(([first = '', second = '']) =>
    /^-\d+$/.test(first) ? second : first,
  )
  t.ok(built.size > 30, `${built.size} names`)
  t.same([...new Set(written)].sort(), [...built].sort())
  t.equal(new Set(written).size, written.length, 'each in one row')
})

t.test('every row of docs/errors.md says what to do', async (t) => {
  for (const row of rowsOf('errors.md')) t.match(row.at(-1), /\w+ \w+/, row.join(' | '))
})
