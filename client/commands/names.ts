/** The name server's records: list, look up, register, remove. */
import type { Rollcall } from '../../lib/client/rollcall.js'
import { NAMESERVER_OBJECT } from '../../lib/defaults.js'
import { membersOf, type Json } from '../../lib/json.js'
import { CommandError } from '../../lib/command-line/report.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { printJson, printText } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { CLIENT_FLAGS } from '../../lib/command-line/client-flags.js'
import { columnsOf } from '../screen.js'
import { renderNames } from '../view/names.js'
import { withCluster } from './with-cluster.js'

const NAME = { type: 'string', demandOption: true, describe: 'a name: anything without "@"' } as const

const namesCommand = defineCommand({
  command: 'names',
  describe: "the name server's records",
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 names', 'all names, with their URIs'),
  handler: async (values) => {
    const records = await withCluster(values, (rollcall) => rollcall.nameserver.list())
    if (values.json) printJson(records)
    else printText(renderNames(records, columnsOf(process.stdout)))
  },
})

const lookupCommand = defineCommand({
  command: 'lookup <name>',
  describe: 'the URI that a name stands for, or the list of those that share it',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('name', NAME)
      .example('$0 lookup rollcall.leader', "the leader's URI"),
  handler: async (values) => {
    printJson(await withCluster(values, (rollcall) => placesOf(rollcall, values.name)))
  },
})

/** A name server of an earlier build knows no second parameter, and one place alone. */
async function placesOf(rollcall: Rollcall, name: string): Promise<Json> {
  try {
    const answer = await rollcall.call(NAMESERVER_OBJECT, 'lookup', [name, { record: true }])
    const { uri, uris } = membersOf(answer)
    return uris ?? uri ?? answer
  } catch (error) {
    if (!(error instanceof InvalidParamsError)) throw error
    return rollcall.nameserver.lookup(name)
  }
}

const registerCommand = defineCommand({
  command: 'register <name> <uri>',
  describe: 'give a URI a name',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('name', NAME)
      .positional('uri', { type: 'string', demandOption: true, describe: 'objectId@host:port' })
      .example('$0 register printer printer@localhost:7000', 'so that others find it as "printer"'),
  handler: async ({ name, uri, ...flags }) => {
    printJson(await withCluster(flags, (rollcall) => rollcall.nameserver.register(name, uri)))
  },
})

const removeCommand = defineCommand({
  command: 'remove <name>',
  describe: 'take a name from the name server; fails when it was not there',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('name', NAME)
      .example('$0 remove printer', 'nobody finds it any more'),
  handler: async (values) => {
    const removed = await withCluster(values, (rollcall) => rollcall.nameserver.remove(values.name))
    if (!removed) throw new CommandError('NAME_NOT_FOUND', `the name server has no record "${values.name}"`)
    printJson(removed)
  },
})

export const nameCommands = [namesCommand, lookupCommand, registerCommand, removeCommand]
