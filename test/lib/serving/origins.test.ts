import t from 'tap'
import { InvalidParamsError, startDaemon, startNameServer } from '../../../api.js'
import { silent } from '../../harness/ports.js'
import { temporaryFolder } from '../../harness/processes.js'

const allowOrigins = ['https://app.example', 'http://localhost:3000']

/** What a page of that origin is answered. */
async function status(port: string, origin: string): Promise<number> {
  const headers = { origin, 'content-type': 'application/json' }
  const body = '{"jsonrpc":"2.0","id":1,"method":"daemon.ping"}'
  const { status } = await fetch(`http://localhost:${port}/`, { method: 'POST', headers, body })
  return status
}

t.test('bug: no origin could be allowed: each was taken for a host and refused', async (t) => {
  const daemon = await startDaemon({ allowOrigins, logger: silent })
  t.teardown(() => daemon.close())
  const [, port = ''] = daemon.place.split(':')
  t.equal(await status(port, 'https://app.example'), 200)
  t.equal(await status(port, 'https://other.example'), 403)
})

t.test('pages may call a name server that allows their origin', async (t) => {
  const names = await startNameServer({ port: 0, data: temporaryFolder(t), allowOrigins, logger: silent })
  t.teardown(() => names.close())
  const port = String(names.address.kind === 'tcp' ? names.address.port : '')
  t.equal(await status(port, 'http://localhost:3000'), 200)
  t.equal(await status(port, 'http://localhost:3001'), 403)
})

t.test('what is no origin is refused', async (t) => {
  for (const wrong of ['*', 'app.example', 'https://app.example/', 'https://App.example'])
    await t.rejects(startDaemon({ allowOrigins: [wrong] }), InvalidParamsError, wrong)
})
