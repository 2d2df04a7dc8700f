/**
 * Loaded into each process of Node.js that is measured, before its program: counts what the system does not tell of it,
 * and says it to its parent when it is asked. The program itself knows nothing of this.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { PerformanceObserver } from 'node:perf_hooks'
import { VITALS, type Vitals } from './subject.js'

let syncs = 0
let gcMs = 0

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMs += duration
}).observe({ entryTypes: ['gc'] })

const { fdatasync, fsync, open, write } = fs
/** Descriptors whose writes are durable when they return. */
const durable = new Set<number>()
Object.assign(fs, {
  open: (path: unknown, flags: number, ...rest: unknown[]) => {
    const opened = rest.pop()
    const done = (error: Error | null, fd: number): void => {
      if (error === null && (flags & fs.constants.O_DSYNC) !== 0) durable.add(fd)
      else durable.delete(fd)
      if (typeof opened === 'function') Reflect.apply(opened, undefined, [error, fd])
    }
    Reflect.apply(open, fs, [path, flags, ...rest, done])
  },
  write: (fd: number, ...rest: unknown[]) => {
    if (durable.has(fd)) syncs += 1
    Reflect.apply(write, fs, [fd, ...rest])
  },
  fdatasync: (...parts: Parameters<typeof fdatasync>) => {
    syncs += 1
    fdatasync(...parts)
  },
  fsync: (...parts: Parameters<typeof fsync>) => {
    syncs += 1
    fsync(...parts)
  },
})
syncBuiltinESMExports()

process.on('message', (question) => {
  const vitals: Vitals = { syncs, gcMs }
  if (question === VITALS) process.send?.(vitals)
})
process.on('disconnect', () => process.exit(0))
