/** What page.html does. */
import { connect } from './rollcall.js'
import { User } from './user.js'

let user

/** Each form is a command; what becomes of it is said below them. */
const commands = {
  async enter(name) {
    user?.close()
    user = await User.enter(connect, 'NAMESERVER', name)
    void show(user)
    return `${user.name} is at home in ${user.cluster}`
  },
  async follow(name) {
    const isHeard = await user.follow(name)
    return `you follow ${name}${isHeard ? '' : ', once that cluster is there again'}`
  },
  async unfollow(name) {
    await user.unfollow(name)
    return `you don't follow ${name} any more`
  },
  async post(text) {
    await user.post(text)
    return ''
  },
}

const element = (id) => document.getElementById(id)

async function show(shown) {
  element('timeline').replaceChildren()
  const onTrouble = (why) => (element('said').textContent = `waiting: ${why}`)
  for await (const { author, text } of shown.timeline({ onTrouble })) {
    const line = document.createElement('li')
    line.textContent = `${author}: ${text}`
    element('timeline').prepend(line)
  }
}

for (const [id, command] of Object.entries(commands))
  element(id).addEventListener('submit', async (event) => {
    event.preventDefault()
    const { text } = event.target.elements
    try {
      if (id !== 'enter' && user === undefined) throw new Error('enter with your name first')
      element('said').textContent = await command(text.value.trim())
      text.value = ''
      if (user !== undefined)
        element('follows').textContent = `You follow: ${(await user.list()).join(', ') || 'nobody'}`
    } catch (error) {
      element('said').textContent = error.message
    }
  })
