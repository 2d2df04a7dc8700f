/** What a process reads anew when it is told to, without an end of anything: certificates, and who may do what. */
import { closeSync, openSync } from 'node:fs'

const tasks = new Set<() => void>()

/** Runs `task` each time that the process is told to read its files anew. It must not throw. The result takes it back. */
export function onReload(task: () => void): () => void {
  tasks.add(task)
  return () => void tasks.delete(task)
}

/** Whether there was anything to read anew. */
export function reload(): boolean {
  for (const task of [...tasks]) task()
  return tasks.size > 0
}

/**
 * What SIGHUP asks for. It is sent by whoever has changed a file, and by the system when a terminal goes away: then
 * whoever was started there is to end.
 */
export function hangUpMeaning(): () => 'reload' | 'end' {
  const hadTerminal = hasTerminal()
  return () => (hadTerminal && !hasTerminal() ? 'end' : 'reload')
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
