import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import type { Rollcall } from '../connect.js'
import { columnsOf, showChanges, showLive, wantsColour } from '../view/live.js'
import { renderMembers } from '../view/members.js'
import type { MemberView } from '../views.js'
import { CLIENT_FLAGS, print, withCluster } from './module.js'

export const statusCommand = defineCommand({
  command: 'status',
  describe: 'every member: role, term, commit index, reachable or not',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .option('watch', { type: 'boolean', default: false, describe: 'again and again, until Ctrl-C' })
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 status --watch', 'see who leads, and who dies'),
  handler: (values) =>
    withCluster(values, async (rollcall) => {
      const render = values.json ? JSON.stringify : table
      if (!values.watch) print(render(await rollcall.status()))
      else await watch(rollcall, render, values.json)
    }),
})

function table(views: readonly MemberView[]): string {
  return renderMembers(views, { columns: columnsOf(process.stdout), colour: wantsColour(process.stdout) })
}

async function watch(
  rollcall: Rollcall,
  render: (views: readonly MemberView[]) => string,
  json: boolean,
): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  const { signal } = ending
  process.on('SIGINT', end).on('SIGTERM', end)
  try {
    const out = process.stdout
    if (json || !out.isTTY) await showChanges(rollcall, signal, render, print)
    else await showLive(rollcall, { out, colour: wantsColour(out), signal, hint: 'Ctrl-C ends this' })
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}
