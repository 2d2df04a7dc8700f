/** What goes along with a task, by Node's own means. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Along } from '../ports.js'

const storage = new AsyncLocalStorage<object | undefined>()

export const systemAlong: Along = {
  run: (value, task) => storage.run(value, task),
  enter: (value) => storage.enterWith(value),
  current: () => storage.getStore(),
}

/** Runs what belongs to no task, whichever it is begun in. */
export function outside<T>(task: () => T): T {
  return storage.exit(task)
}
