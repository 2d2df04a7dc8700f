import t from 'tap'
import { FLAG_NAMES } from '../../../lib/command-line/flags.js'
import { UsageError } from '../../../lib/command-line/report.js'
import {
  flagsOfEnvironment,
  judgeVariables,
  variableOf,
  withoutVariables,
} from '../../../lib/command-line/variables.js'

/** What Kubernetes puts into every container of a namespace that has a service named `rollcall` on two ports. */
const kubernetes = {
  ROLLCALL_SERVICE_HOST: '10.0.0.1',
  ROLLCALL_SERVICE_PORT: '9090',
  ROLLCALL_SERVICE_PORT_RPC: '9090',
  ROLLCALL_PORT: 'tcp://10.0.0.1:9090',
  ROLLCALL_PORT_9090_TCP: 'tcp://10.0.0.1:9090',
  ROLLCALL_PORT_9090_TCP_PROTO: 'tcp',
  ROLLCALL_PORT_9090_TCP_PORT: '9090',
  ROLLCALL_PORT_9090_TCP_ADDR: '10.0.0.1',
}

t.test('variables count for the commands that take the flag, and empty ones for none', async (t) => {
  const environment = { ROLLCALL_ELECTION_TIMEOUT: '1-2', ROLLCALL_PORT: '5', ROLLCALL_DATA: '', OTHER: 'x' }
  t.same(flagsOfEnvironment(['election-timeout', 'data'], environment), { 'election-timeout': '1-2' })
})

t.test('a variable that sets no flag is an error, as one that asks for a token or for TLS', async (t) => {
  for (const name of ['ROLLCALL_TOKEN', 'ROLLCALL_TLS_CERTIFICATE', 'ROLLCALL_', 'ROLLCALL_CONSTRUCTOR'])
    for (const value of ['x', ''])
      t.throws(() => judgeVariables({ [name]: value, PATH: '/bin' }), UsageError, `${name}=${value}`)
  t.throws(() => judgeVariables({ ROLLCALL_HEARTBEET: '50', ROLLCALL_XYZ: '1' }), {
    message:
      'the variable ROLLCALL_HEARTBEET sets no flag (did you mean ROLLCALL_HEARTBEAT?), the variable ROLLCALL_XYZ sets no flag: nothing was done',
  })
})

t.test('bug: an empty variable for a token or for TLS started an open member', async (t) => {
  for (const name of ['ROLLCALL_TOKEN_FILE', 'ROLLCALL_ACCESS_FILE', 'ROLLCALL_TLS_CA', 'ROLLCALL_CONFIG'])
    t.throws(() => judgeVariables({ [name]: '' }), {
      message: `the variable ${name} is empty: say what it is, or unset it; nothing was done`,
    })
  t.equal(judgeVariables({ ROLLCALL_DATA: '', ROLLCALL_LOG_LEVEL: '' }), undefined)
})

t.test('every flag has a variable, and so has the file of flags', async (t) => {
  const all = Object.fromEntries(FLAG_NAMES.map((name) => [variableOf(name), 'x']))
  t.equal(judgeVariables({ ...all, ROLLCALL_CONFIG: 'x', _ROLLCALL_PARENT_PIPE: '3' }), undefined)
})

t.test('what Kubernetes sets for a service named rollcall is a warning, and no flag', async (t) => {
  const warning = judgeVariables(kubernetes)
  for (const name of Object.keys(kubernetes)) t.match(warning, name)
  t.same(flagsOfEnvironment(['port', 'host'], kubernetes), {})
  t.match(
    judgeVariables({ ROLLCALL_NODE_PORT: 'udp://10.0.0.1:1', ROLLCALL_NODE_SERVICE_HOST: '10.0.0.1' }),
    /not taken/,
  )
})

t.test('what Kubernetes sets hides no mistake', async (t) => {
  t.throws(() => judgeVariables({ ...kubernetes, ROLLCALL_TOKEN: 'x' }), {
    message: /^the variable ROLLCALL_TOKEN sets no flag/,
  })
})

t.test('a process that gets its flags on its command line gets no variables', async (t) => {
  t.same(withoutVariables({ ROLLCALL_PORT: '1', PATH: '/bin' }), { PATH: '/bin' })
})
