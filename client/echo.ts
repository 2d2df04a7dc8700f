/** What anybody can call who wants to try a client, or a network, and has no object of his own yet. */
import { tokenOfFlags } from '../lib/system/access-files.js'
import { chooseLogger, wireLog } from '../lib/system/choose-logger.js'
import { mdnsOf } from '../lib/system/mdns-flags.js'
import { tlsOf } from '../lib/system/tls-flags.js'
import { printText, say } from '../lib/system/print.js'
import { serve } from '../lib/system/serve.js'
import { runService } from '../lib/system/service.js'
import { callContext } from '../lib/serving/context.js'
import { expose, oneway } from '../lib/serving/marks.js'
import type { EchoFlags } from './flags.js'

/** The longest that one call waits. */
const SLOW_MAX_MS = 60_000

class Echo {
  /** What it is given, of any kind. */
  @expose echo(value: unknown): unknown {
    return value
  }

  /** Throws, with a `code` beside the message. */
  @expose error(message = 'on purpose'): never {
    throw Object.assign(new RangeError(message), { code: 'E_ECHO' })
  }

  /** Answers after `ms`, and waits no longer than its caller. */
  @expose async slow(ms = 1_000): Promise<string> {
    const { signal } = callContext()
    const waitMs = Math.min(Math.max(0, ms), SLOW_MAX_MS)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      const end = (): void => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', end, { once: true })
    })
    return `after ${waitMs} ms`
  }

  /** 1, 2, 3, … as a stream. */
  @expose *count(to = 3): Generator<number> {
    for (let i = 1; i <= to; i++) yield i
  }

  /** Calls back so many times, and answers what came of it. */
  @expose async callback(listener: (turn: number) => unknown, times = 1): Promise<readonly unknown[]> {
    const answers: unknown[] = []
    for (let turn = 1; turn <= times; turn++) answers.push(await listener(turn))
    return answers
  }

  /** Is answered at once, and printed here. */
  @oneway note(text: string): void {
    say(text)
  }

  /** What a method knows of its call. */
  @expose context(): object {
    const { object, method, traceparent, correlationId, annotations, connection } = callContext()
    const { kind, remote } = connection
    const remainingMs = callContext().remainingMs()
    return { object, method, kind, remote, remainingMs, traceparent, correlationId, annotations }
  }
}

/** Resolves when it has ended tidily. */
export async function runEcho(name: string, flags: EchoFlags): Promise<void> {
  const { nameserver, host, port, advertise } = flags
  await runService(async () => {
    const logger = await chooseLogger(flags, name)
    const service = await serve(
      { [name]: new Echo() },
      {
        nameserver,
        token: tokenOfFlags(flags, (sentence) => logger.warn(sentence)),
        mdns: mdnsOf(flags),
        tls: tlsOf(flags, 'who listens'),
        insecure: flags.insecure,
        host,
        port,
        advertise,
        logger,
        logWire: wireLog(flags, logger),
      },
    )
    printText(String(service.uris[name]))
    return { failed: new Promise<Error>(() => undefined), stop: () => service.close() }
  })
}
