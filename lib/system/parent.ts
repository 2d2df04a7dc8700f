/**
 * Ties a child process to the one that started it, without a signal that could miss or a process id that could be
 * used anew: between them runs a pipe that the system closes when either ends, however it ends.
 */
import { Socket } from 'node:net'

/**
 * Names the child's file descriptor of the pipe. Does not begin with `ROLLCALL_`, as that is the space of flags.
 */
export const PARENT_PIPE = '_ROLLCALL_PARENT_PIPE'

/** What a started process tells its parent. Both do nothing in a process that has no such parent. */
export interface Parent {
  /** This process has begun its work: from now on its end is an accident and not a start that failed. */
  ready(): void
  /** Lets go of the pipe, so that it does not keep a process alive that has nothing else to do. */
  release(): void
}

/** Calls `stop` once when the parent has ended, if this process was started with a pipe to its parent. */
export function endWithParent(stop: () => void): Parent {
  const descriptor = Number(process.env[PARENT_PIPE] ?? NaN)
  Reflect.deleteProperty(process.env, PARENT_PIPE)
  if (!Number.isInteger(descriptor)) return { ready() {}, release() {} }

  const pipe = new Socket({ fd: descriptor, readable: true, writable: true })
  let told = false
  const ended = (): void => {
    if (told) return
    told = true
    stop()
  }
  pipe.on('error', ended).on('end', ended).on('close', ended).resume()
  return {
    ready: () => void pipe.write('ready\n'),
    release() {
      told = true
      pipe.destroy()
    },
  }
}
