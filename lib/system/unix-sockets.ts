/** Sockets that stand for something merely by being there: nobody has anything to say on them but a word or two. */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Longer ones are cut by the runtime without a word: two of them may be one. In bytes. */
const PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103

/** Why no socket can be at that path. Undefined: one can. */
export function whyNoSocketAt(path: string): string | undefined {
  const bytes = Buffer.byteLength(path)
  if (bytes <= PATH_BYTES_MAX || process.platform === 'win32') return undefined
  return `a path of ${bytes} bytes, where the system takes at most ${PATH_BYTES_MAX}: choose a shorter one`
}

/** Undefined: the name is taken. `greet` is called with whoever connects. */
export function listenAt(name: string, greet: (socket: Socket) => void): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      greet(socket)
    })
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    // Whoever may look into the folder may ask who has it.
    const isForAll = !name.startsWith('\0') && process.platform !== 'win32'
    server.listen({ path: name, writableAll: isForAll }, () => resolve(server.unref()))
  })
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

/** What connecting comes to: a connection, or the system's code of why there is none. */
export function dial(name: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect(name)
    socket
      .once('connect', () => resolve(socket))
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
  })
}

/** Whether somebody listens there. Who can't be asked counts as being there. */
export async function isAnswered(name: string): Promise<boolean> {
  const socket = await dial(name)
  if (typeof socket === 'string') return !NOBODY.has(socket)
  // The other end need not close it: its process may be stopped.
  socket.destroy()
  return true
}

/** Of a socket that nobody listens on any more, or that has gone meanwhile. */
export const NOBODY: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])
