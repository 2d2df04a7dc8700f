/** What systemd is told of a unit with `Type=notify` (sd_notify(3)). */
import { execFile } from 'node:child_process'

export type State = 'READY=1' | 'STOPPING=1'

/**
 * Does nothing in a process that systemd has not asked to tell. Node.js knows no datagrams of Unix sockets, so
 * systemd's own program speaks for it: the unit needs `NotifyAccess=all`.
 */
export function tellServiceManager(state: State): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return
  execFile('systemd-notify', [state], (error) => {
    if (error !== null) process.stderr.write(`warning: systemd was not told ${state}: ${error.message}\n`)
  })
}
