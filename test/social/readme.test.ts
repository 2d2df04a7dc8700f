/** The page of the example: each line of a file that it names has what it says, and its tests exist. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { social } from './modules.js'

const page = readFileSync(join(social, 'README.md'), 'utf8')

t.test('where the page says that something is, it is', (t) => {
  const named = [...page.matchAll(/\[([\w.-]+):(\d+)\]\(\1#L\2\) `([^`]+)`/g)]
  t.ok(named.length > 15)
  t.equal(named.length, page.match(/#L\d/g)?.length, 'each place with what stands there')
  for (const [, file = '', line, text = ''] of named) {
    const found = readFileSync(join(social, file), 'utf8').split('\n')[Number(line) - 1]
    t.ok(found?.includes(text), `${file}:${line} has ${text}: ${found}`)
  }
  t.end()
})

t.test('each test that the page names is there', (t) => {
  const named = [...page.matchAll(/`(?:test\/)?([\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file)
  t.ok(named.length > 4)
  const tests = join(social, '../../test')
  for (const file of named) t.ok(existsSync(join(tests, file.includes('/') ? file : `social/${file}`)), file)
  t.end()
})
