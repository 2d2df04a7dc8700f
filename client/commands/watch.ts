import { once } from '../../lib/command-line/flag.js'
import { UsageError } from '../../lib/command-line/report.js'
import { wholeNumber } from '../../lib/command-line/values.js'
import { printJson, say } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { CLIENT_FLAGS } from '../../lib/command-line/client-flags.js'
import { follow, newsOnly } from '../follow.js'
import { withCluster } from './with-cluster.js'

export const watchCommand = defineCommand({
  command: 'watch <object>',
  describe: 'the events of a replicated object as they happen, a line of JSON each, until Ctrl-C',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('object', {
        type: 'string',
        demandOption: true,
        describe: 'such as kv (topics are keys) or nameserver (topics are names)',
      })
      .option('prefix', { type: 'string', coerce: once('--prefix'), describe: 'only topics that begin so' })
      .option('topic', { type: 'string', coerce: once('--topic'), describe: 'only this topic' })
      .option('from', {
        type: 'string',
        coerce: once('--from'),
        describe: 'go on after this index of the log; default: now',
      })
      .option('history', {
        type: 'string',
        coerce: once('--history'),
        describe:
          'with --from: the cluster id that the index belongs to; in another cluster the watch is refused',
      })
      .example('$0 watch kv --prefix a/', 'follow all keys that begin with a/')
      .example('$0 watch nameserver --topic rollcall.leader', 'see who leads')
      .example('$0 watch kv --from 120', 'go on after the event with index 120'),
  handler: async ({ object, prefix, topic, from, history, ...flags }) => {
    if (prefix !== undefined && topic !== undefined)
      throw new UsageError('give --prefix or --topic, not both')
    if (history !== undefined && from === undefined)
      throw new UsageError('--history says what --from belongs to: give both, or neither')
    const cursor = from === undefined ? null : wholeNumber('--from', from, 0, Number.MAX_SAFE_INTEGER)
    const ending = new AbortController()
    const end = (): void => ending.abort()
    process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end)
    const onWaiting = newsOnly((why) => say(`waiting: ${why}`))
    try {
      await withCluster(flags, (rollcall) =>
        follow(rollcall, {
          object,
          prefix,
          topic,
          from: cursor,
          history,
          signal: ending.signal,
          print: printJson,
          onWaiting,
        }),
      )
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end)
    }
  },
})
