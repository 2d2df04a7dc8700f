/** docs/internals/symptoms.md names tests that are there, by their files and their names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { project } from './house.js'
import { nodesOf, rowsOf } from './sources.js'

/** What is given to `test` first: a text, or a template as it stands in the source. */
function namesIn(path: string): ReadonlySet<string> {
  const text = readFileSync(join(project, path), 'utf8')
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const calls = [...nodesOf(tree)].filter(
    (node) => ts.isCallExpression(node) && /(?:^|\.)test$/.test(node.expression.getText(tree)),
  )
  return new Set(
    calls.flatMap((call) => {
      const [name] = ts.isCallExpression(call) ? call.arguments : []
      if (name === undefined) return []
      return ts.isStringLiteralLike(name) ? [name.text] : [name.getText(tree).replaceAll('`', '')]
    }),
  )
}

t.test('each symptom has tests that are there', async (t) => {
  const rows = rowsOf('internals/symptoms.md')
  t.ok(rows.length > 70, `${rows.length} symptoms`)
  for (const [symptom = '', tests = ''] of rows) {
    let file = ''
    for (const named of tests.split(' · ')) {
      const [, path = file, name = ''] = /^(?:`(test\/[^`]+)`: )?(.*)$/.exec(named) ?? []
      file = path
      t.ok(namesIn(file).has(name), `${symptom}: ${file}: ${name}`)
    }
  }
})
