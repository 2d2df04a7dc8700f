import { list, wholeNumber } from '../../lib/command-line/values.js'
import { defineCommand } from '../../lib/system/command-module.js'

/** As long as most authorities sign for. */
const DAYS = '365'

const LIST = { type: 'string', requiresArg: true } as const

export const certsCommand = defineCommand({
  command: 'certs',
  describe: 'a small authority of your own for TLS: certificates of hosts and clients',
  builder: (yargs) =>
    yargs
      .option('out', {
        type: 'string',
        requiresArg: true,
        default: 'certs',
        describe: 'the folder of the authority and of all that it signs',
      })
      .option('hosts', {
        ...LIST,
        describe: 'hosts, by the names and addresses that they are dialled by: node1,node2+10.0.0.2,…',
      })
      .option('client', { ...LIST, describe: 'whoever only calls, by a name: ops,web,…' })
      .option('days', { ...LIST, default: DAYS, describe: 'how long they count' })
      .option('renew', {
        type: 'boolean',
        default: false,
        describe: 'sign again what is named, or all, with new keys',
      })
      .example(
        '$0 certs --hosts node1,node2,node3 --client ops',
        'an authority and four certificates, in certs/',
      )
      .example('$0 certs', 'which there are, and until when')
      .example('$0 certs --renew', 'new ones for all hosts and clients'),
  handler: async ({ out, hosts, client, days, renew }) => {
    const { runCerts } = await import('../certs/certs.js')
    runCerts({
      out,
      hosts: hosts === undefined ? [] : list('--hosts', hosts),
      clients: client === undefined ? [] : list('--client', client),
      days: wholeNumber('--days', days, 1, 3650),
      renew,
    })
  },
})
