/** Names, tags, ids and errors from outside, as they come to a person's screen. */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { problem, renderFindings } from '../../client/doctor/finding.js'
import { resultText } from '../../client/repl/run-command.js'
import { Screen } from '../../client/screen.js'
import { renderMembers } from '../../client/view/members.js'
import { renderNames } from '../../client/view/names.js'
import { errorLine, CommandError } from '../../lib/command-line/report.js'
import { printableLines } from '../../lib/printable.js'
import { RemoteError } from '../../lib/rpc/errors.js'

/** A sequence of seven bits and one of eight, a bell, a mark that turns the order round, and what nobody sees. */
const hostile = 'x\u001b[2J\u009b31m\u0007\u202ey\u200b'
const shown = String.raw`x\u001b[2J\u009b31m\u0007\u202ey\u200b`

t.test('the status shows what is in ids and cluster names and obeys nothing', async (t) => {
  const place = { id: hostile, uri: `${hostile}@localhost:1` }
  const indexes = { commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
  const table = renderMembers(
    [
      {
        ...{ ...place, cluster: hostile, clusterId: 'c', role: 'leader', term: 1, leader: place },
        ...{ ...indexes, members: [], reachable: true },
      },
      { ...place, reachable: false, reason: hostile },
    ],
    { columns: 300, colour: false },
  )
  t.equal(table.split('\n').length, 4)
  t.equal(table.split(shown).length - 1, 6, table)
  t.notMatch(table, /[^\n\P{C}]/u)
})

t.test('the names and their tags are shown and not obeyed', async (t) => {
  const table = renderNames([{ name: hostile, uri: `${hostile}@localhost:1`, metadata: [hostile] }], 300)
  t.equal(table, `${shown}  ${shown}@localhost:1  ${shown}`)
})

t.test('a value, an entry, an error and a finding are shown and not obeyed', async (t) => {
  t.equal(resultText({ kind: 'value', value: hostile }, true), `"${shown}"`)
  t.equal(resultText({ kind: 'value', value: 1, pretty: `1  ${hostile}` }, true), `1  ${shown}`)
  t.equal(resultText({ kind: 'value', value: hostile }, false), JSON.stringify(hostile), 'exact for pipes')
  t.match(errorLine(new RemoteError({ name: hostile, message: hostile })), shown)
  t.equal(errorLine(new CommandError(hostile, hostile)), `error: ${shown}: ${shown}`)
  t.equal(
    printableLines(renderFindings([problem(hostile, hostile, 'look')])),
    `PROBLEM  ${shown}  ${shown} → look`,
  )
})

t.test('bug: a value that a script prints on a terminal was obeyed there', async (t) => {
  const { isTTY } = process.stdout
  t.teardown(() => Object.assign(process.stdout, { isTTY }))
  Object.assign(process.stdout, { isTTY: true })
  t.equal(resultText({ kind: 'value', value: hostile }, false), `"${shown}"`)
})

t.test('news and waiting are said as they are and not obeyed', async (t) => {
  const out = new PassThrough({ encoding: 'utf8' })
  new Screen(out).say(`leader ${hostile} is gone`)
  t.equal(out.read(), `leader ${shown} is gone\n`)
})
