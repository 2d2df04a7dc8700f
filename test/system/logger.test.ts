import { Writable } from 'node:stream'
import t from 'tap'
import { createJsonLogger } from '../../lib/system/json-logger.js'
import { createLogger, type LoggerOptions } from '../../lib/system/logger.js'
import type { Logger } from '../../lib/ports.js'

function logged(
  { format = 'text', ...options }: Partial<LoggerOptions> & { readonly format?: 'text' | 'json' },
  use: (logger: Logger) => void,
): string {
  let text = ''
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk)
      done()
    },
  })
  const create = format === 'text' ? createLogger : createJsonLogger
  use(create({ name: 'node1', stream, ...options }))
  return text
}

t.test('text: one line, with name, level and fields', async (t) => {
  const text = logged({}, (logger) =>
    logger.with({ term: 3 }).info('elected', { by: 'node2 and node3', none: undefined }),
  )
  t.match(text, /^\d\d:\d\d:\d\d\.\d{3} info {2}node1: elected term=3 by="node2 and node3"\n$/)
})

t.test('lines below the level are left out', async (t) => {
  const text = logged({ level: 'warn' }, (logger) => {
    logger.info('not this')
    logger.error('this')
  })
  t.equal(text.split('\n').length, 2)
  t.match(text, 'this')
})

t.test('nothing from outside can forge a line or steer a terminal', async (t) => {
  const text = logged({}, (logger) => logger.warn('bad\nname\u001b[31m', { name: 'a\nb' }))
  t.equal(text.split('\n').length, 2)
  t.notMatch(text, '\u001b')
})

t.test('JSON: names and tags from outside steer no terminal, and stay what they are', async (t) => {
  const hostile = 'x\u001b[2J\u009b31m\u202e\u2066\u200b\u2028\n"y'
  const text = logged({ format: 'json' }, (logger) =>
    logger.with({ peer: hostile }).warn(`lost ${hostile}`, { [hostile]: hostile }),
  )
  t.match(text, /^[\x20-\x7e]+\n$/)
  t.match(JSON.parse(text), { peer: hostile, msg: `lost ${hostile}`, [hostile]: hostile })
})

t.test('JSON: one object a line', async (t) => {
  const text = logged({ format: 'json' }, (logger) =>
    logger.with({ term: 3 }).warn('lost', { peer: 'node2' }),
  )
  t.match(JSON.parse(text), { name: 'node1', term: 3, peer: 'node2', msg: 'lost' })
})
