/** All of it as processes of this machine: a coordinator, and for each cluster three members and two synchronizers. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const rollcall = join(createRequire(import.meta.url).resolve('rollcall/package.json'), '../dist/cli.js')
const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const originAt = (port) => `http://localhost:${port}`
/** Of a cluster: its page's, and its members'. */
const PORTS = 4

export class Network {
  /** cluster → the names of its processes: `north1`, `north.synchronizer1`, `north.page`. */
  clusters = new Map()
  /** cluster → where its page is. */
  pages = new Map()
  #commands = new Map()
  #children = new Map()
  #ports
  /** Of pages: whoever opens one may be at home in another cluster. */
  #origins

  /** `ports`: a coordinator's, and four for each cluster. `folder`: for data and logs. */
  constructor(folder, [port, ...ports]) {
    this.folder = folder
    this.nameserver = `localhost:${port}`
    this.#ports = ports
    mkdirSync(folder, { recursive: true })
    const data = join(folder, 'coordinator')
    this.#origins = ports
      .filter((_, at) => at % PORTS === 0)
      .map(originAt)
      .join(',')
    const flags = `--port ${port} --data ${data} --allow-origin ${this.#origins}`
    this.#commands.set('coordinator', [rollcall, 'nameserver', ...flags.split(' ')])
    this.start('coordinator')
    // However this process ends, they do not go on without it.
    process.once('exit', () => void this.end())
  }

  /** Another cluster, which starts. */
  add(cluster) {
    const [page, ...ports] = this.#ports.splice(0, PORTS)
    const members = ports.map((port, at) => `${cluster}${at + 1}@localhost:${port}`).join(',')
    const place = `--cluster ${cluster} --members ${members} --nameserver ${this.nameserver}`
    const how = `--election-timeout 500-1000 --heartbeat 100 --allow-origin ${this.#origins}`
    const define = (name, ...command) => this.#commands.set(name, command) && name
    const names = ports.map((_, at) => {
      const id = `${cluster}${at + 1}`
      const flags = `${place} ${how} --objects ${file('timelines.js')} --data ${join(this.folder, id)}`
      return define(id, rollcall, 'node', id, ...flags.split(' '))
    })
    for (const at of [1, 2])
      names.push(define(`${cluster}.synchronizer${at}`, file('synchronizer.js'), cluster))
    // The file for pages is in the package; a checkout has none.
    if (process.env.ROLLCALL !== undefined) names.push(define(`${cluster}.page`, file('page.js'), page))
    this.clusters.set(cluster, names)
    this.pages.set(cluster, originAt(page))
    this.start(...names)
  }

  start(...names) {
    for (const name of names) {
      const env = { ...process.env, NAMESERVER: this.nameserver, NODE_OPTIONS: '' }
      const child = spawn(process.execPath, this.#commands.get(name), {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const log = createWriteStream(join(this.folder, `${name}.log`), { flags: 'a' })
      for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
      this.#children.set(name, { child, ended: once(child, 'exit') })
    }
  }

  /** As when their machines lose power. */
  async kill(...names) {
    for (const name of names) this.#children.get(name)?.child.kill('SIGKILL')
    await Promise.all(names.map((name) => this.#children.get(name)?.ended))
  }

  end() {
    return this.kill(...this.#children.keys())
  }
}
