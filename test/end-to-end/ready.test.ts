/** `rollcall ready`, as whoever starts one process after another asks it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePorts, Running, temporaryFolder, type Output } from '../harness/processes.js'

function ask(folder: string, ...args: readonly string[]): Promise<Output> {
  return new Running(['ready', ...args], folder).ended
}

t.test('ready says whether a process could be relied upon, and nobody there is an error', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0, nobody = 0] = await freePorts(2)
  const members = `a@localhost:${port},b@localhost:${nobody}`
  const one = new Running(['node', 'a', '--members', members], folder)
  t.teardown(() => one.kill())
  await one.says(/ready: a@/)
  t.match(await ask(folder, `localhost:${port}`), {
    status: 1,
    stdout: '',
    stderr: new RegExp(`^error: NOT_READY: localhost:${port}: not ready: no leader is known\n$`),
  })
  const other = new Running(['node', 'b', '--members', members], folder)
  t.teardown(() => other.kill())
  await Promise.race([one.says(/elected leader/), other.says(/elected leader/)])
  const leader = /elected leader/.test(one.stderr) ? port : nobody
  let answer = await ask(folder, `localhost:${leader}`)
  // Its first entry may still be on its way.
  while (answer.status !== 0) answer = await ask(folder, `localhost:${leader}`)
  t.same(answer, { status: 0, stdout: 'ready\n', stderr: '' })
  await other.kill()
  t.match(await ask(folder, `localhost:${nobody}`), { status: 1, stderr: /^error: ECONNREFUSED: / })
  t.match(await ask(folder), { status: 2, stderr: /say who is asked: rollcall ready HOST:PORT/ })
})

t.test('over TLS, with a token, at the place that is advertised', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  t.equal((await new Running(['certs', '--hosts', 'names', '--client', 'ops'], folder).ended).status, 0)
  const token = join(folder, 'token')
  writeFileSync(token, `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 })
  const file = (name: string): string => join(folder, 'certs', name)
  const tls = { ROLLCALL_TLS_CA: file('ca.pem'), ROLLCALL_TOKEN_FILE: token }
  const own = { ROLLCALL_TLS_CERT: file('names.pem'), ROLLCALL_TLS_KEY: file('names-key.pem') }
  const server = new Running(['nameserver', '--port', `${port}`], folder, { ...tls, ...own })
  t.teardown(() => server.kill())
  await server.says(/name server ready/)
  const place = { ROLLCALL_ADVERTISE: `localhost:${port}` }
  const ready = (env: NodeJS.ProcessEnv): Promise<Output> => new Running(['ready'], folder, env).ended
  t.match(await ready({ ...tls, ...place }), { status: 0, stdout: 'ready\n' })
  const { ROLLCALL_TLS_CA } = tls
  t.match(await ready({ ROLLCALL_TLS_CA, ...place }), {
    status: 1,
    stderr: /^error: NOT_READY: .*Authorization: Bearer TOKEN/,
  })
  t.match(await ready({ ROLLCALL_TOKEN_FILE: token, ...place }), { status: 1, stderr: /^error: NOT_READY: / })
})
