/** Each sentence of advice that an error or the doctor gives is played: a test names it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { project } from './house.js'
import { nodesOf, sources, type Source } from './sources.js'

/** What an advice begins with, behind a mark that parts it from what has happened. */
const VERBS =
  'add|ask|call|choose|close|correct|delete|empty|end|export|free|give|keep|let|list|look|make|mend|move|open|' +
  'put|read|recover|remove|repair|restore|return|run|say|see|send|show|start|stop|take|try|use|wait|write'
const ADVICE = new RegExp(`(?:: |; |\\. |^)((?:${VERBS}) (?!is |of )[^]*)$`)
/** Where a value stands in a sentence. */
const VALUE = '\u0000'
/** What two sentences hardly have in common: so much of a sentence is looked for, from a word's begin. */
const RUN = 18

const TESTS = readdirSync(join(project, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('house/'))
  // An expression says the same, with a mark before each character that means something there.
  .map((name) => readFileSync(join(project, 'test', name), 'utf8').replaceAll('\\', ''))
/** Sessions in a shell, which tests play, and compare with what they print. */
const SESSIONS = ['situations.md', 'operations.md'].map((page) =>
  readFileSync(join(project, 'docs', page), 'utf8'),
)
const PLAYED = [...TESTS, ...SESSIONS].join('\n')

function advicesIn({ path, tree }: Source): readonly string[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const isError = ts.isNewExpression(node) && /Error$/.test(node.expression.getText(tree))
    const isProblem = ts.isCallExpression(node) && node.expression.getText(tree) === 'problem'
    if (!isError && !isProblem) return []
    const texts = (node.arguments ?? []).map((argument) => textOf(argument))
    return texts.flatMap((text) => {
      const [, advice] = ADVICE.exec(text) ?? []
      return advice === undefined ? [] : [`${path}: ${advice}`]
    })
  })
}

function textOf(node: ts.Node): string {
  return [...nodesOf(node)]
    .map((each) => {
      if (ts.isStringLiteralLike(each)) return each.text
      if (ts.isTemplateHead(each)) return each.text
      return ts.isTemplateMiddleOrTemplateTail(each) ? `${VALUE}${each.text}` : ''
    })
    .join('')
}

function isPlayed(advice: string): boolean {
  const parts = advice.slice(advice.indexOf(': ') + 2).split(VALUE)
  const runs = parts.flatMap(runsOf)
  return runs.length === 0 || runs.some((run) => PLAYED.includes(run))
}

/** Of the words of a text, so many that they are long enough; of a shorter one all. */
function runsOf(text: string): readonly string[] {
  const words = text.trim().split(' ')
  const runs = words.map((_, at) => words.slice(at).join(' ')).filter((run) => run.length >= RUN)
  const cut = runs.map((run) => run.slice(0, Math.max(RUN, run.indexOf(' ', RUN))))
  return cut.length > 0 || text.trim().length < 8 ? cut : [text.trim()]
}

t.test('each sentence of advice in an error, and of the doctor, is named by a test', async (t) => {
  const advices = sources().flatMap(advicesIn)
  t.ok(advices.length > 80, `${advices.length} sentences`)
  t.same(
    advices.filter((advice) => !isPlayed(advice)).map((advice) => advice.replaceAll(VALUE, '…')),
    [],
  )
})
