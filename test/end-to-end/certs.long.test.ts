/** The small authority of `rollcall certs`: what it signs, and what it leaves alone. */
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Running, temporaryFolder, type Output } from '../harness/processes.js'

const certs = (folder: string, ...flags: string[]): Promise<Output> =>
  new Running(['certs', ...flags], folder).ended

const read = (folder: string, file: string): string => readFileSync(join(folder, 'certs', file), 'utf8')

t.test('certs signs hosts and clients, says what to do with them, and until when they count', async (t) => {
  const folder = temporaryFolder(t)
  const made = await certs(folder, '--hosts', 'node1,node2+10.0.0.2', '--client', 'ops', '--days', '30')
  t.match(made, { status: 0 })
  t.match(made.stderr, /on node2: --tls-ca ca\.pem --tls-cert node2\.pem --tls-key node2-key\.pem/)
  const authority = new X509Certificate(read(folder, 'ca.pem'))
  const host = new X509Certificate(read(folder, 'node2.pem'))
  const client = new X509Certificate(read(folder, 'client-ops.pem'))
  for (const name of ['node2', 'localhost']) t.equal(host.checkHost(name), name)
  for (const address of ['10.0.0.2', '127.0.0.1', '::1']) t.equal(host.checkIP(address), address)
  t.equal(host.checkHost('node1'), undefined, 'and for no other')
  for (const signed of [host, client])
    t.ok(signed.checkIssued(authority) && signed.verify(authority.publicKey))
  t.equal(authority.ca, true)
  t.equal(host.ca, false)
  t.strictSame(client.keyUsage, ['1.3.6.1.5.5.7.3.2'], 'a client can not pass for a host')

  const shown = await certs(folder)
  t.match(
    shown.stdout,
    /ca\.pem {2}authority .*\n.*client-ops\.pem {2}client ops {2}until \d{4}-\d\d-\d\d \(30 days\)/,
  )
})

t.test('keys are for their owner alone', async (t) => {
  const folder = temporaryFolder(t)
  await certs(folder, '--hosts', 'node1')
  const keys = readdirSync(join(folder, 'certs')).filter((file) => file.endsWith('-key.pem'))
  t.strictSame(keys, ['ca-key.pem', 'node1-key.pem'])
  for (const key of keys) t.equal(statSync(join(folder, 'certs', key)).mode & 0o777, 0o600)
})

t.test('what is there is left alone, unless a new one is asked for', async (t) => {
  const folder = temporaryFolder(t)
  await certs(folder, '--hosts', 'node1+10.0.0.1', '--client', 'ops')
  const [authority, host, client] = ['ca.pem', 'node1.pem', 'client-ops.pem'].map((file) =>
    read(folder, file),
  )
  const again = await certs(folder, '--hosts', 'node2,node1')
  t.match(again, { status: 2 })
  t.match(again.stderr, /node1\.pem is there already, until \d{4}-\d\d-\d\d: .*--renew/)
  t.notOk(readdirSync(join(folder, 'certs')).includes('node2.pem'), 'and nothing was done')
  t.equal(read(folder, 'node1.pem'), host)

  t.match(await certs(folder, '--renew'), { status: 0 })
  t.equal(read(folder, 'ca.pem'), authority, 'who trusts the authority goes on to')
  t.not(read(folder, 'client-ops.pem'), client)
  const renewed = new X509Certificate(read(folder, 'node1.pem'))
  t.not(renewed.toString(), host)
  t.equal(renewed.checkIP('10.0.0.1'), '10.0.0.1')
  t.ok(renewed.verify(new X509Certificate(authority ?? '').publicKey))
})

t.test('certs says what it takes', async (t) => {
  const folder = temporaryFolder(t)
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [[], /holds no certificates yet: name hosts, such as --hosts node1/],
    [['--hosts', '../node1'], /takes names and addresses such as node1 or 10\.0\.0\.1/],
    [['--hosts', 'ca'], /the name of the authority's own file/],
    [['--hosts', 'CA'], /the name of the authority's own file/],
    [['--hosts', 'ca-key', '--renew'], /files whose names end in "-key" are keys/],
    [['--client', 'ops-key'], /files whose names end in "-key" are keys/],
    [['--hosts', 'client-ops', '--renew'], /files of clients begin with "client-"/],
    [['--hosts', 'node1,node1'], /node1 is named twice/],
    [['--client', 'a/b'], /takes a name of letters/],
    [['--hosts', 'node1', '--days', '0'], /--days must be a whole number from 1 to 3650/],
  ]
  for (const [flags, sentence] of wrong) {
    const { status, stderr } = await certs(folder, ...flags)
    t.equal(status, 2)
    t.match(stderr, sentence)
  }
  t.strictSame(readdirSync(folder), [], 'and nothing was made')
})
