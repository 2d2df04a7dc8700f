/** What may be reached from other machines: only what is protected, or what somebody wants otherwise. */
import t from 'tap'
import { serve, startNameServer, startNode } from '../../api.js'
import { CommandError } from '../../lib/command-line/report.js'
import { silent } from '../../lib/client/silent.js'
import { demandProtected, saying, whyExposed, type Exposure } from '../../lib/system/exposure.js'
import type { Address, LogFields } from '../../lib/ports.js'
import { startBalancer } from '../../balancer/start-balancer.js'
import { temporaryFolder } from '../harness/processes.js'

const at = (host: string): Address => ({ kind: 'tcp', host, port: 9101 })
const BARE: Exposure = { isSecured: false, knowsCallers: false, isInsecure: false }
const PROTECTED: Exposure = { isSecured: true, knowsCallers: true, isInsecure: false }

t.test('on its own machine a process may listen as it is', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.0.0.9', '::1'])
    t.equal(whyExposed(at(host), BARE), undefined, host)
  t.equal(whyExposed({ kind: 'unix', path: '/run/x' }, BARE), undefined)
})

t.test('for others it needs TLS and knows who calls, or somebody says that it need not', async (t) => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'node1.example']) {
    t.type(whyExposed(at(host), BARE), 'string', host)
    t.type(whyExposed(at(host), { ...PROTECTED, isSecured: false }), 'string', host)
    t.type(whyExposed(at(host), { ...PROTECTED, knowsCallers: false }), 'string', host)
    t.equal(whyExposed(at(host), PROTECTED), undefined, host)
    t.equal(whyExposed(at(host), { ...BARE, isInsecure: true }), undefined, host)
  }
})

t.test('the refusal says what anybody could do, and the two ways out', async (t) => {
  t.match(
    whyExposed(at('0.0.0.0'), BARE),
    /^0\.0\.0\.0:9101 can be reached from other machines, where anybody could read along and call: give --tls-cert and --tls-key \(tls\), and --token-file, or --tls-client-cert required .*, or --insecure \(insecure: true\), where the network keeps strangers away$/,
  )
  t.match(whyExposed(at('0.0.0.0'), { ...BARE, isSecured: true }), /anybody could call: give --token-file/)
  t.throws(() => demandProtected(at('0.0.0.0'), BARE), CommandError)
})

t.test('bug: the refusal named the port 0 where the system chooses one', async (t) => {
  for (const host of ['0.0.0.0', '::'])
    t.match(whyExposed({ kind: 'tcp', host, port: 0 }, BARE), `${host} can be reached from other machines`)
})

t.test('whatever listens is asked, before anything is opened', async (t) => {
  const host = '0.0.0.0'
  const data = temporaryFolder(t)
  const refused = { label: 'INSECURE', message: /nothing was opened/ }
  await t.rejects(startNode({ id: 'a', members: ['a@a.example:1'], host, data, logger: silent }), refused)
  await t.rejects(startNameServer({ port: 0, host, data, logger: silent }), refused)
  await t.rejects(startBalancer({ port: 0, host, members: ['a@localhost:1'], logger: silent }), refused)
  const greeter = Object.assign(new (class Greeter {})(), {})
  Reflect.set(greeter.constructor, 'exposed', ['toString'])
  await t.rejects(serve({ greeter }, { host, nameserver: 'localhost:1' }), refused)
})

t.test('each line of the log says that nothing is protected, where somebody wants it so', async (t) => {
  const told: (LogFields | undefined)[] = []
  const logger = { ...silent, with: (fields: LogFields) => (told.push(fields), silent) }
  saying({ ...BARE, isInsecure: true }, logger)
  saying({ ...PROTECTED, isInsecure: true }, logger)
  saying(PROTECTED, logger)
  t.strictSame(told, [{ insecure: true }])
})
