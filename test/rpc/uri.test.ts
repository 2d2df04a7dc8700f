import fc from 'fast-check'
import t from 'tap'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { formatUri, parseHostPort, parseUri } from '../../lib/rpc/uri.js'

t.test('what is a URI', async (t) => {
  const tcp = (host: string, port: number): object => ({ kind: 'tcp', host, port })
  t.same(parseUri('node1@localhost:9101'), { objectId: 'node1', address: tcp('localhost', 9101) })
  t.same(parseUri('a.b@[::1]:1'), { objectId: 'a.b', address: tcp('::1', 1) })
  t.same(parseUri('kv@unix:/run/a@b:c'), { objectId: 'kv', address: { kind: 'unix', path: '/run/a@b:c' } })
  t.same(parseHostPort('localhost', 9090), tcp('localhost', 9090))
  t.same(parseHostPort('[::1]', 9090), tcp('::1', 9090))
})

t.test('what is none, and why', async (t) => {
  const table: [string, RegExp][] = [
    ['', /no "@"/],
    ['node1', /no "@"/],
    ['@localhost:1', /object before the "@" is missing/],
    ['a b@localhost:1', /white space/],
    ['a@localhost', /port is missing/],
    ['a@:1', /host is missing/],
    ['a@localhost:', /not a port/],
    ['a@localhost:65536', /not a port/],
    ['a@localhost:-1', /not a port/],
    ['a@localhost:1e3', /not a port/],
    ['a@::1:80', /IPv6/],
    ['a@[::1', /IPv6/],
    ['a@[zz]:1', /not a host/],
    ['a@-x-:1', /not a host/],
    ['a@b@c:1', /not a host/],
    ['a@unix:run', /begin with/],
  ]
  for (const [text, why] of table)
    t.throws(() => parseUri(text), { name: 'InvalidParamsError', message: why }, text)
})

t.test('a URI that is formatted can be read back', async (t) => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6())
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/), host, fc.nat(65535), (objectId, name, port) => {
      const address = { kind: 'tcp', host: name, port } as const
      t.strictSame(parseUri(formatUri(objectId, address)), { objectId, address })
    }),
  )
})

t.test('the refusal of a long text is no longer than a few lines', async (t) => {
  const long = 'x-'.repeat(1_000_000)
  for (const text of [long, `a@${long}:1`, `a@[${long}]:1`, `a@localhost:${long}`, `${long}@localhost:1`])
    t.throws(() => parseUri(text), { message: /^.{1,1000}$/s })
})

t.test('bug: a host in brackets of 200,000 colons held the process up for minutes', (t) => {
  t.throws(() => parseUri(`a@[${'::'.repeat(100_000)}!]:1`), InvalidParamsError)
  t.throws(() => parseUri(`a@[${':'.repeat(254)}]:1`), InvalidParamsError)
  t.end()
})
