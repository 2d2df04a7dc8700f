/** The network in a terminal: FOLLOW name, UNFOLLOW name, LIST, TIMELINE; there each line is a post, and an empty one ends it. */
import { createInterface } from 'node:readline'
import { connect } from 'rollcall'
import { User } from './user.js'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const HELP = 'FOLLOW name, UNFOLLOW name, LIST, TIMELINE, QUIT'

/** In the timeline every line is a post, until an empty one. */
let open

const commands = {
  async FOLLOW(user, name) {
    const isHeard = await user.follow(name)
    return `you follow ${name}${isHeard ? '' : ', once that cluster is there again'}`
  },
  async UNFOLLOW(user, name) {
    await user.unfollow(name)
    return `you don't follow ${name} any more`
  },
  async LIST(user) {
    const names = await user.list()
    return names.length === 0 ? 'you follow nobody' : names.join('\n')
  },
  async TIMELINE(user) {
    open = new AbortController()
    void show(user, open.signal)
    return 'what you type is posted; an empty line closes the timeline'
  },
}

async function show(user, signal) {
  const timeline = user.timeline({ signal, onTrouble: (why) => console.log(`waiting: ${why}`) })
  for await (const { author, text } of timeline) console.log(`${author}: ${text}`)
}

async function answer(user, line) {
  if (open !== undefined) {
    if (line !== '') return void (await user.post(line))
    open.abort()
    open = undefined
    return 'the timeline is closed'
  }
  const [, word, rest] = /^(\S+)\s*(.*)$/u.exec(line) ?? []
  if (word === undefined) return undefined
  const command = Object.hasOwn(commands, word.toUpperCase()) ? commands[word.toUpperCase()] : undefined
  return command === undefined ? `there is no command ${JSON.stringify(word)}: ${HELP}` : command(user, rest)
}

async function main(name) {
  const user = await User.enter(connect, nameserver, name)
  console.log(`${user.name} is at home in ${user.cluster}. ${HELP}`)
  const input = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
  input.prompt()
  for await (const line of input) {
    if (open === undefined && line.trim().toUpperCase() === 'QUIT') break
    try {
      const said = await answer(user, line.trim())
      if (said !== undefined) console.log(said)
    } catch (error) {
      console.log(`error: ${error.message}`)
    }
    if (open === undefined) input.prompt()
  }
  open?.abort()
  user.close()
}

main(process.argv[2]).catch((error) => {
  console.error(`error: ${error.message}`)
  process.exitCode = 1
})
