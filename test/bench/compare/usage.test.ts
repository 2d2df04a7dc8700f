/** What the system says of a process, read. */
import t from 'tap'
import { writesIn } from '../../../bench/compare/check-perf.js'
import { cpuNsIn, ioIn, usageOf } from '../../../bench/compare/usage.js'

const IO = `rchar: 3405
wchar: 2048
syscr: 12
syscw: 7
read_bytes: 0
write_bytes: 4096
cancelled_write_bytes: 100
`

t.test('of schedstat the first number is the time with a processor', async (t) => {
  t.equal(cpuNsIn('123456789 987 42\n'), 123_456_789)
  t.throws(() => cpuNsIn('0.5 s'), /not a schedstat/)
})

t.test(
  'of io come the calls that write, their bytes, and those for the disk, none of them another’s',
  async (t) => {
    t.same(ioIn(IO), { writes: 7, written: 2048, toDisk: 4096 })
    t.throws(() => ioIn('wchar: 5\n'), /no syscw/)
  },
)

t.test(
  'a process that works and writes has used more than before',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const before = usageOf(process.pid)
    for (let n = 0; n < 1_000_000; n++) Math.sqrt(n)
    process.stderr.write('')
    const after = usageOf(process.pid)
    t.ok(after.cpuNs > before.cpuNs)
    t.ok(after.writes >= before.writes)
  },
)

t.test(
  'etcd’s own benchmark tells its throughput whether it is content or not, or has given up',
  async (t) => {
    t.equal(writesIn('60 / 60 Booooom! 100%\nPASS: Throughput is 150 writes/s\nPASS\n'), 150)
    t.equal(writesIn('FAIL: Throughput too low: 2100 writes/s\nFAIL\n'), 2100)
    t.equal(writesIn('59 / 60  98.33%'), null)
  },
)
