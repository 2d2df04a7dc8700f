/** Where a process listens that was given no host. */
import t from 'tap'
import { listen } from '../../lib/rpc/channels/listen.js'
import type { Address } from '../../lib/ports.js'
import { silentLogger } from '../rpc/rig.js'

/** A machine that lacks the hosts `missing`. */
function machine(missing: readonly string[], code = 'EADDRNOTAVAIL') {
  const at: string[] = []
  const daemon = {
    listen: async (address: Address): Promise<Address> => {
      if (address.kind !== 'tcp') throw new Error('a TCP address was asked for')
      const { host, port } = address
      if (missing.includes(host))
        throw new Error(`can't listen on ${host}`, { cause: Object.assign(new Error(code), { code }) })
      at.push(`${host} ${port}`)
      return { kind: 'tcp', host, port: port === 0 ? 7001 : port }
    },
  }
  return { at, listen: (port: number, host?: string) => listen(daemon, host, port, silentLogger) }
}

t.test('on both loopback addresses, at one port', async (t) => {
  const both = machine([])
  t.match(await both.listen(0), { host: '127.0.0.1', port: 7001 })
  t.same(both.at, ['127.0.0.1 0', '::1 7001'])
})

t.test('bug: without 127.0.0.1 it did not start, though there was ::1', async (t) => {
  const six = machine(['127.0.0.1'])
  t.match(await six.listen(9101), { host: '::1', port: 9101 })
  t.same(six.at, ['::1 9101'])
})

t.test('bug: on all interfaces it listened for one family of addresses alone', async (t) => {
  for (const host of ['0.0.0.0', '::']) {
    const both = machine([])
    t.match(await both.listen(0, host), { host: '0.0.0.0', port: 7001 })
    t.same(both.at, ['0.0.0.0 0', ':: 7001'])
  }
  const six = machine(['0.0.0.0'], 'EAFNOSUPPORT')
  t.match(await six.listen(9101, '0.0.0.0'), { host: '::', port: 9101 })
})

t.test('on the one that there is', async (t) => {
  const four = machine(['::1'], 'EAFNOSUPPORT')
  t.match(await four.listen(9101), { host: '127.0.0.1' })
  t.same(four.at, ['127.0.0.1 9101'])
})

t.test(
  'not without any, not where the port is taken, and nowhere else than at the host that was given',
  async (t) => {
    await t.rejects(machine(['127.0.0.1', '::1']).listen(9101), { message: /::1/ })
    await t.rejects(machine(['127.0.0.1'], 'EADDRINUSE').listen(9101), { message: /127\.0\.0\.1/ })
    await t.rejects(machine(['::1'], 'EADDRINUSE').listen(9101), { message: /::1/ })
    const one = machine([])
    await one.listen(9101, '10.0.0.1')
    t.same(one.at, ['10.0.0.1 9101'])
  },
)
