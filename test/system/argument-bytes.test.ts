import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { demandUtf8 } from '../../lib/system/argument-bytes.js'

const cli = fileURLToPath(new URL('../../cli.js', import.meta.url))

t.test('bug: an argument that was not UTF-8 was stored with other characters in it', async (t) => {
  const command = 'exec "$0" "$1" call kv.set key "$(printf "gr\\374n")"'
  await t.rejects(promisify(execFile)('sh', ['-c', command, process.execPath, cli]), {
    code: 2,
    stderr: 'error: USAGE: the command line is not UTF-8: nothing was done\n',
  })
})

t.test(
  'the sign that stands for such bytes may be typed, and where nobody tells the bytes it is',
  async (t) => {
    const typed = ['call', 'kv.set', 'key', '\ufffd']
    t.doesNotThrow(() => demandUtf8(typed, () => Buffer.from(typed.join('\0'))))
    t.doesNotThrow(() => demandUtf8(typed, () => undefined))
    t.throws(() => demandUtf8(typed, () => Buffer.from([0xfc])), { name: 'UsageError' })
    t.doesNotThrow(() => demandUtf8(['grün'], () => Buffer.from([0xfc])))
  },
)
