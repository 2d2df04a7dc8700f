/** All that are compared, each loaded where it is used. */
import type { Library } from '../library.js'

export const LIBRARIES: ReadonlyMap<string, () => Promise<Library>> = new Map([
  ['floor', async () => (await import('./floor.js')).default],
  ['rollcall', async () => (await import('./rollcall.js')).default],
  ['jayson tcp', async () => (await import('./jayson.js')).jaysonTcp],
  ['jayson http', async () => (await import('./jayson.js')).jaysonHttp],
  ['capnweb', async () => (await import('./capnweb.js')).default],
  ['vscode-jsonrpc', async () => (await import('./vscode-jsonrpc.js')).default],
  ['birpc', async () => (await import('./birpc.js')).default],
])
