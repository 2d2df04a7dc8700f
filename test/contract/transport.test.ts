import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createTransport } from '../../lib/system/transport.js'
import { transportContract } from './transport.js'

t.test('TCP', async (t) => {
  transportContract(t, () => ({
    transport: createTransport(),
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  }))
})

t.test('unix sockets', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  let next = 0
  transportContract(t, () => ({
    transport: createTransport(),
    address: { kind: 'unix', path: join(folder, `${next++}.sock`) },
  }))
})
