/** A page in Debian's Chromium, asked over its DevTools protocol for the text that it shows. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'

const CHROMIUM = '/usr/bin/chromium'
export const hasChromium = existsSync(CHROMIUM)

interface Teardown {
  teardown(task: () => unknown): void
}

/** No code from text, and nothing from elsewhere but WebSockets. */
const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' ws:"

/** Serves files, by their path, and says at which origin. */
export async function serveFiles(t: Teardown, files: ReadonlyMap<string, string>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const text = files.get(url)
    const ending = /\.\w+$/.exec(url)?.[0] ?? '.html'
    response.writeHead(text === undefined ? 404 : 200, {
      'content-type': { '.js': 'text/javascript', '.json': 'application/json' }[ending] ?? 'text/html',
      'content-security-policy': POLICY,
    })
    response.end(text)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** Opens the page and resolves to the lines that it shows, once the last of them is `last` or says that it failed. */
export async function linesOf(t: Teardown, url: string, last: string): Promise<readonly string[]> {
  const page = await openPage(t, url)
  const text = await page(`new Promise((resolve) => {
    const look = () => /(^|\\n)(${last}|failed: [^]*)\\n$/.test(document.body?.textContent ?? '') && resolve(document.body.textContent)
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
    look()
  })`)
  return text.trim().split('\n')
}

/** Opens the page; what is returned runs an expression there, again until it gives a text, as the page may not have come. */
export async function openPage(t: Teardown, url: string): Promise<(expression: string) => Promise<string>> {
  const socket = await devTools(t)
  let count = 0
  const ask = async (
    method: string,
    params: object,
    sessionId?: string,
  ): Promise<Record<string, unknown>> => {
    const id = (count += 1)
    socket.send(JSON.stringify({ id, method, params, sessionId }))
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer]
      const answer = JSON.parse(data.toString()) as { id?: number; result?: Record<string, unknown> }
      if (answer.id === id) return answer.result ?? {}
    }
  }
  const { targetId } = await ask('Target.createTarget', { url })
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true })
  return async (expression) => {
    // A page that has not come yet takes the question with it.
    for (;;) {
      const question = { expression, awaitPromise: true, returnByValue: true }
      const said = await ask('Runtime.evaluate', question, String(sessionId))
      const { value } = (said['result'] ?? {}) as { value?: unknown }
      if (typeof value === 'string') return value
    }
  }
}

async function devTools(t: Teardown): Promise<WebSocket> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-chromium-'))
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  const more = [
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
    `--user-data-dir=${folder}`,
  ]
  const args = ['--headless', '--no-sandbox', '--remote-debugging-port=0', ...quiet, ...more, 'about:blank']
  const browser = spawn(CHROMIUM, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  t.teardown(async () => {
    // With all its helpers, which write into the folder for a while yet.
    const closed = once(browser, 'close')
    if (browser.exitCode === null && browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
    await closed
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })
  let said = ''
  for await (const text of browser.stderr.setEncoding('utf8') as AsyncIterable<string>) {
    said += text
    const place = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
    if (place === undefined) continue
    browser.stderr.resume()
    const socket = new WebSocket(place)
    await once(socket, 'open')
    return socket
  }
  throw new Error(`chromium has ended: ${said}`)
}
