/** A user at work, in a terminal, a page or a test: finds the cluster where he is at home, and talks to it. */
import { readName, readPost } from './rules.js'

/** How many posts are there when a timeline opens. */
const FIRST_POSTS = 20
const PAGE = 200
/** How long a follow waits for the other cluster to hear of it. Milliseconds. */
const HEARD_MS = 5_000
/** Until a timeline that could not be read is read again. Milliseconds. */
const RETRY_MS = 500

export class User {
  #rollcall
  #timelines
  #closed = new AbortController()

  constructor(rollcall, name, cluster) {
    this.#rollcall = rollcall
    this.#timelines = rollcall.object('timelines')
    this.name = name
    this.cluster = cluster
  }

  /** `connect`: of rollcall, or of rollcall/browser. */
  static async enter(connect, nameserver, given) {
    const name = readName(given)
    const coordinator = await connect({ nameserver })
    try {
      const cluster = (await homeOf(coordinator, name)) ?? (await settle(coordinator, name))
      const user = new User(await connect({ nameserver, cluster }), name, cluster)
      await user.#timelines.join(name)
      return user
    } finally {
      coordinator.close()
    }
  }

  /** Whether the author's cluster knows it: from then on the timeline has what he posts. False: it is away, and will. */
  async follow(given) {
    const author = readName(given)
    const home = await homeOf(this.#rollcall, author)
    if (home === undefined) throw new RangeError(`there is no user ${author}`)
    const signal = AbortSignal.timeout(HEARD_MS)
    const watch = this.#rollcall.watch('timelines', { topic: `carried/${home}`, signal })
    try {
      await watch.begin()
      await this.#timelines.follow(this.name, author, home)
      while (!(await this.#timelines.isHeard(author))) if ((await watch.next()).done) return false
      return true
    } finally {
      void watch.return()
    }
  }

  async unfollow(given) {
    await this.#timelines.unfollow(this.name, readName(given))
  }

  list() {
    return this.#timelines.list(this.name)
  }

  post(text) {
    return this.#timelines.post(this.name, readPost(text))
  }

  /**
   * The last posts of those whom the user follows, and then each new one, once and in order, whatever dies meanwhile:
   * what is told by a watch is only that there is something; what it is is read behind what was read before. Until the
   * signal is aborted, or the user closed. `onTrouble`: told why there may be more that can't be read now.
   */
  async *timeline({ signal = this.#closed.signal, onTrouble = () => undefined } = {}) {
    const over = AbortSignal.any([signal, this.#closed.signal])
    for (let after = null; !over.aborted;)
      try {
        for await (const { posts, next } of this.#pages(after, over)) {
          after = next
          yield* posts
        }
      } catch (error) {
        if (over.aborted) return
        onTrouble(error.message)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
  }

  /** What there is, and then what comes, as long as the user follows the same. */
  async *#pages(after, signal) {
    const { follows } = await this.#page(after)
    const topic = [`of/${this.name}`, ...follows.map((author) => `by/${author}`)]
    const watch = this.#rollcall.watch('timelines', { topic, signal })
    try {
      await watch.begin()
      for (;;) {
        const page = await this.#page(after)
        yield page
        after = page.next
        const isSame = String(page.follows) === String(follows)
        if (!isSame || (page.posts.length < PAGE && !(await isNews(watch, after)))) return
      }
    } finally {
      void watch.return()
    }
  }

  #page(after) {
    return this.#timelines.timeline(this.name, after, after === null ? FIRST_POSTS : PAGE)
  }

  close() {
    this.#closed.abort()
    this.#rollcall.close()
  }
}

/** Once something is told that is not read yet. False: nothing will be. */
async function isNews(watch, read) {
  for (;;) {
    const { done, value } = await watch.next()
    if (done || value.data === null || value.data > read) return !done
  }
}

/** Where the user is at home, for good; undefined: there is no such user. */
async function homeOf({ nameserver }, name) {
  try {
    const { metadata } = await nameserver.lookup(`user.${name}`, { record: true })
    return valueOf(metadata, 'home')
  } catch (error) {
    if (error.label === 'NAME_NOT_FOUND') return undefined
    throw error
  }
}

/** The coordinator gives a new user a cluster that runs, and keeps which; another client may have asked for it first. */
async function settle(coordinator, name) {
  const { nameserver } = coordinator
  const { uri, metadata } = await nameserver.assign(name, { tag: 'synchronizer' })
  const cluster = valueOf(metadata, 'cluster')
  try {
    await nameserver.register(`user.${name}`, uri, { safe: true, metadata: ['user', `home=${cluster}`] })
    return cluster
  } catch (error) {
    if (error.label !== 'NAME_TAKEN') throw error
    return homeOf(coordinator, name)
  }
}

function valueOf(metadata, key) {
  return metadata.find((tag) => tag.startsWith(`${key}=`))?.slice(key.length + 1)
}
