/** Machines that have one of the two loopback addresses only. Each in a network of its own, where there are such. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { cli, temporaryFolder } from '../harness/processes.js'

t.setTimeout(60_000)

const hasNone = spawnSync('unshare', ['-nm', 'ip', 'link', 'set', 'lo', 'up']).status !== 0
const skip = hasNone && 'a network of its own can only be made by root'

/** A cluster of one, a name server and a command, where `without` is gone. */
const session = (without: string): string => `
  ip link set lo up && ip addr del ${without} dev lo
  printf '127.0.0.1 localhost\\n::1 localhost\\n' > hosts && mount --bind hosts /etc/hosts
  rollcall() { '${process.execPath}' '${cli}' "$@"; }
  rollcall nameserver >/dev/null 2>names.log & names=$!
  rollcall node n1 --members n1@localhost:9101 >/dev/null 2>n1.log & node=$!
  trap 'kill $names $node; wait; cat names.log n1.log >&2' EXIT
  rollcall call --members n1@localhost:9101 kv.set greeting hello
  for n in $(seq 50); do rollcall lookup n1 2>/dev/null && break; sleep 0.1; done
`

for (const [without, left] of [
  ['127.0.0.1/8', '::1'],
  ['::1/128', '127.0.0.1'],
] as const)
  t.test(`bug: without ${without} nothing started, though there was ${left}`, { skip }, async (t) => {
    const options = {
      cwd: temporaryFolder(t),
      encoding: 'utf8',
      timeout: 50_000,
      env: { PATH: process.env['PATH'] },
    } as const
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['-nm', 'bash', '--norc', '-c', session(without)],
      options,
    )
    t.same([status, stdout], [0, 'null\n"n1@localhost:9101"\n'], stderr)
  })
