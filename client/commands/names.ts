/** The name server's records: list, look up, register, tag, remove. */
import type { Rollcall } from '../../lib/client/rollcall.js'
import { NAMESERVER_OBJECT } from '../../lib/defaults.js'
import { membersOf, type Json } from '../../lib/json.js'
import type { ListOptions } from '../../lib/names.js'
import { list } from '../../lib/command-line/values.js'
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { printJson, printText } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { defineCommand, restOf } from '../../lib/system/command-module.js'
import { CLIENT_FLAGS, type ClientFlags } from '../../lib/command-line/client-flags.js'
import { columnsOf } from '../screen.js'
import { renderNames } from '../view/names.js'
import { withCluster } from './with-cluster.js'

const NAME = { type: 'string', demandOption: true, describe: 'a name: anything without "@"' } as const

const MATCHING = {
  prefix: { type: 'string', requiresArg: true, describe: 'names that begin so' },
  regex: {
    type: 'string',
    requiresArg: true,
    describe: 'names that this expression matches as a whole, in the syntax of RE2',
  },
  tags: { type: 'string', requiresArg: true, describe: 'names that have all of these tags, a,b,…' },
  'any-tag': { type: 'string', requiresArg: true, describe: 'names that have one of these tags, a,b,…' },
} as const

type Matching = Readonly<Partial<Record<keyof typeof MATCHING, string | undefined>>>

/** Undefined: every name is meant. @throws UsageError for a condition that is empty, as it would hold for all */
function conditions(given: Matching): ListOptions | undefined {
  const { prefix, regex, tags, 'any-tag': any } = given
  for (const [name, value] of Object.entries({ prefix, regex, tags, 'any-tag': any }))
    if (value === '') throw new UsageError(`--${name} is empty`)
  const said = {
    ...(prefix !== undefined && { prefix }),
    ...(regex !== undefined && { regex }),
    ...(tags !== undefined && { all: list('--tags', tags) }),
    ...(any !== undefined && { any: list('--any-tag', any) }),
  }
  return Object.keys(said).length === 0 ? undefined : said
}

const namesCommand = defineCommand({
  command: 'names',
  describe: "the name server's records",
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .options(MATCHING)
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 names', 'all names, with their URIs')
      .example('$0 names --tags red,fast', 'those that have both tags'),
  handler: async (values) => {
    const wanted = conditions(values)
    const records = await withCluster(values, (rollcall) => rollcall.nameserver.list(wanted))
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

const tagCommand = defineCommand({
  // Not by the name of a flag of the others: --tags would be taken, and count for none.
  command: 'tag <name> [labels..]',
  takesRest: true,
  describe: 'give a name other tags, in place of those that it has',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('name', NAME)
      .positional('labels', {
        type: 'string',
        array: true,
        default: [],
        describe: 'its tags; none: it has none any more',
      })
      .example('$0 tag printer colour floor=2', 'meta:colour finds it, until it is registered anew'),
  handler: async ({ name, labels, ...flags }) => {
    const tags = [...labels, ...restOf(flags)]
    printJson(await withCluster(flags, (rollcall) => rollcall.nameserver.setMetadata(name, tags)))
  },
})

const removeCommand = defineCommand({
  command: 'remove [name]',
  describe: 'take a name, or those that match, from the name server; fails when there was none',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('name', { ...NAME, demandOption: false })
      .options(MATCHING)
      .example('$0 remove printer', 'nobody finds it any more')
      .example('$0 remove --prefix test.', 'nor any of these; prints which they were'),
  handler: async ({ name, ...values }) => {
    const wanted = conditions(values)
    if ((name === undefined) === (wanted === undefined))
      throw new UsageError(
        'remove takes a name, or what names are to match: --prefix, --regex, --tags, --any-tag',
      )
    if (name !== undefined) await removeOne(values, name)
    else if (wanted !== undefined) await removeMatching(values, wanted)
  },
})

async function removeOne(flags: ClientFlags, name: string): Promise<void> {
  const removed = await withCluster(flags, (rollcall) => rollcall.nameserver.remove(name))
  if (!removed) throw new CommandError('NAME_NOT_FOUND', `the name server has no record "${name}"`)
  printJson(removed)
}

/** Whoever registers such a name meanwhile, at another place, keeps it. */
async function removeMatching(flags: ClientFlags, wanted: ListOptions): Promise<void> {
  const names = await withCluster(flags, async (rollcall) => {
    const { nameserver } = rollcall
    const records = await nameserver.list(wanted)
    await rollcall.batch((calls) =>
      records.flatMap(({ name, uri, uris = [uri] }) =>
        uris.map((each) => calls.of(nameserver).unregister(name, each)),
      ),
    )
    return records.map(({ name }) => name)
  })
  if (names.length === 0)
    throw new CommandError('NAME_NOT_FOUND', 'the name server has no record that matches')
  printJson(names)
}

export const nameCommands = [namesCommand, lookupCommand, registerCommand, tagCommand, removeCommand]
