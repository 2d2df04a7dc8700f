/** `rollcall status`: once, or for as long as somebody looks. */
import type { Rollcall } from '../../lib/client/rollcall.js'
import { jsonLine, printPainted } from '../../lib/system/print.js'
import { columnsOf, wantsColour } from '../screen.js'
import type { MemberView } from '../../lib/client/views.js'
import { showChanges, showLive } from './live.js'
import { renderMembers } from './members.js'

export interface StatusOptions {
  /** Again and again, until SIGINT or SIGTERM. */
  readonly watch: boolean
  readonly json: boolean
}

export async function showStatus(rollcall: Rollcall, { watch, json }: StatusOptions): Promise<void> {
  const render = json ? jsonLine : table
  if (!watch) {
    printPainted(render(await rollcall.status()))
    return
  }
  const out = process.stdout
  await untilTold((signal) =>
    json || !out.isTTY
      ? showChanges(rollcall, signal, render, printPainted)
      : showLive(rollcall, { out, colour: wantsColour(out), signal, hint: 'Ctrl-C ends this' }),
  )
}

function table(views: readonly MemberView[]): string {
  return renderMembers(views, { columns: columnsOf(process.stdout), colour: wantsColour(process.stdout) })
}

async function untilTold(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end)
  try {
    await work(ending.signal)
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end)
  }
}
