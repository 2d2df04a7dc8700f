/** docs/limits.md has every limit of the source, with its value. A new one without a row fails here. */
import t from 'tap'
import ts from 'typescript'
import { SETTINGS } from '../../lib/member-settings.js'
import { nodesOf, rowsOf, sources } from './sources.js'

const trees = sources()

/** The top-level constants of all files, by their names. */
const constants = new Map<string, readonly ts.Expression[]>()
for (const { tree } of trees)
  for (const statement of tree.statements) if (ts.isVariableStatement(statement)) note(statement)

function note({ declarationList }: ts.VariableStatement): void {
  for (const { name, initializer } of declarationList.declarations)
    if (ts.isIdentifier(name) && initializer !== undefined)
      constants.set(name.text, [...(constants.get(name.text) ?? []), bare(initializer)])
}

/** Without `as const` and brackets. */
function bare(node: ts.Expression): ts.Expression {
  return ts.isAsExpression(node) || ts.isParenthesizedExpression(node) ? bare(node.expression) : node
}

/** What a sum, a product or another constant comes to; `ms(5)` is 5. Undefined for anything that is no number. */
function valueOf(expression: ts.Expression): number | undefined {
  const node = bare(expression)
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''))
  if (ts.isCallExpression(node) && node.arguments.length === 1 && node.arguments[0] !== undefined)
    return valueOf(node.arguments[0])
  if (ts.isIdentifier(node)) {
    const [known] = constants.get(node.text) ?? []
    return known === undefined ? undefined : valueOf(known)
  }
  if (!ts.isBinaryExpression(node)) return undefined
  const [left, right] = [valueOf(node.left), valueOf(node.right)]
  const calculate = OPERATORS[node.operatorToken.getText()]
  return left === undefined || right === undefined ? undefined : calculate?.(left, right)
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '**': (a, b) => a ** b,
}

const LIMIT = /(?:_MAX|_MAX_MS|(?:TTL|LEASE|TIMEOUT)_MS)$/
const LIMITS = /(?:^|_)LIMITS$|_MAX$/

/** Bounds of a calculation, of a pause or of a buffer, which nobody meets. */
const INTERNAL = new Set([
  'ADDRESSES_MAX',
  'ASKED_MAX',
  'BACKOFF_MAX_MS',
  'INTERVAL_MS_MAX',
  'DELAY_MAX',
  'IDLE_MAX_MS',
  'FOLDER_BYTES_MAX',
  'HOST_LENGTH_MAX',
  'ID_BYTES_MAX',
  'ID_NAME_LENGTH_MAX',
  'KEPT_BYTES_REUSED_MAX',
  'LEAVING_BYTES_MAX',
  'LOOKED_AT_MAX',
  'LOOK_MAX_MS',
  'PAUSE_MAX_MS',
  'PIECE_LENGTH_MAX',
  'PLACES_MAX',
  'MISSED_MAX',
  'REASON_BYTES_MAX',
  'RECORD_BYTES_MAX',
  'ROUND_MAX_MS',
  'RETRY_MAX_MS',
  'SETTINGS_MAX',
  'SETTING_LENGTH_MAX',
  'SHOWN_LENGTH_MAX',
  'SHOWN_MAX',
  'TERM_JUMP_MAX',
  'TRIES_MAX',
  'UNDECIDED_ROUNDS_MAX',
])

function limitsOfSource(): readonly string[] {
  const alone = [...constants].flatMap(([name, values]) =>
    LIMIT.test(name) && !INTERNAL.has(name) ? values.map((value) => pair(name, valueOf(value))) : [],
  )
  const grouped = [...constants].flatMap(([name, values]) =>
    LIMITS.test(name) ? values.flatMap((value) => membersIn(name, value)) : [],
  )
  const named = trees.flatMap(({ tree }) => [...nodesOf(tree)].flatMap(ownLimit))
  return [...alone, ...grouped, ...named].filter((each) => each !== undefined)
}

/** `LIMITS.records=10000`. */
function membersIn(name: string, value: ts.Expression) {
  if (!ts.isObjectLiteralExpression(value)) return []
  return value.properties.map((member) =>
    ts.isPropertyAssignment(member) && !/Max$/.test(member.name.getText())
      ? pair(`${name}.${member.name.getText()}`, valueOf(member.initializer))
      : undefined,
  )
}

/** `frameBytesMax: 16 * 1024 * 1024`, wherever it is given. Another constant has a name of its own. */
function ownLimit(node: ts.Node) {
  if (!ts.isPropertyAssignment(node) || !/\wMax$/.test(node.name.getText())) return []
  if (ts.isIdentifier(node.initializer)) return []
  return [pair(node.name.getText(), valueOf(node.initializer))]
}

const pair = (name: string, value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${name}=${value}`

/** `16 MiB`, `1,000`, `10 s`: bytes, a count, milliseconds. */
function amount(text: string): number {
  const [, digits = '', unit = ''] = /^([\d,.]+)(?: (KiB|MiB|h|min|s|ms)\b)?/.exec(text) ?? []
  return Number(digits.replaceAll(',', '')) * (UNITS[unit] ?? 1)
}

const UNITS: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  h: 3_600_000,
  min: 60_000,
  s: 1000,
}

const rows = rowsOf('limits.md')

t.test('docs/limits.md has each limit of the source with its value, and no other', async (t) => {
  const built = new Set(limitsOfSource())
  const written = rows
    .filter((row) => row.length === 5)
    .flatMap(([, value = '', , , names = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => `${name}=${amount(value)}`),
    )
  t.ok(built.size > 40, `${built.size} limits`)
  t.same([...written].sort(), [...built].sort())
})

t.test('docs/limits.md has the default and the range of each setting of a member', async (t) => {
  const written = new Map(rows.filter((row) => row.length === 4).map(([name = '', ...rest]) => [name, rest]))
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const flag = `\`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}\``
    const [value, range] = written.get(flag) ?? []
    t.equal(value, shown(setting.default), flag)
    if ('least' in setting) t.equal(range, `${counted(setting.least)} to ${counted(setting.most)}`, flag)
  }
})

const counted = (value: number): string => value.toLocaleString('en-US')

function shown(value: (typeof SETTINGS)[keyof typeof SETTINGS]['default']): string {
  if (typeof value === 'object') return `${value.min}-${value.max}`
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : counted(value)
}
