/**
 * What every transport promises, for Node's sockets and for any other that takes their place. A suite is run with a
 * world: the transport, and an address on it that nobody uses.
 */
import type { Test } from 'tap'
import type { Acceptor, Address, Channel, ChannelHandlers, DialHandlers, Transport } from '../../lib/ports.js'

export interface World {
  readonly transport: Transport
  /** An address that is free to listen on; a port of 0 lets the transport choose. */
  readonly address: Address
}

/** One end of a channel as a test sees it: what came, in order, and what is still to come. */
class End implements DialHandlers {
  channel: Channel | undefined
  readonly messages: string[] = []
  readonly events: string[] = []
  pausesAtFirst = false
  #wake: () => void = () => undefined

  opened(): void {
    this.#note('opened')
  }

  message(text: string): void {
    this.messages.push(text)
    if (this.pausesAtFirst && this.messages.length === 1) this.channel?.pause()
    this.#note('message')
  }

  drained(): void {
    this.#note('drained')
  }

  closed(reason: Error | undefined): void {
    this.#note(reason === undefined ? 'closed' : 'failed')
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  over(): Promise<void> {
    return this.until(() => this.events.includes('closed') || this.events.includes('failed'))
  }

  #note(event: string): void {
    this.events.push(event)
    this.#wake()
  }
}

class Accepting implements Acceptor {
  readonly ends: End[] = []
  pausesAtFirst = false
  #wake: () => void = () => undefined

  accept(channel: Channel): ChannelHandlers {
    const end = new End()
    end.channel = channel
    end.pausesAtFirst = this.pausesAtFirst
    this.ends.push(end)
    this.#wake()
    return end
  }

  exchange(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  page(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  refuse(): string {
    return '{}'
  }

  async next(): Promise<End> {
    while (this.ends.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    const [end] = this.ends.splice(0, 1)
    if (end === undefined) throw new Error('an end was there')
    return end
  }
}

function dial(transport: Transport, address: Address): { end: End; channel: Channel } {
  const end = new End()
  end.channel = transport.dial(address, end)
  return { end, channel: end.channel }
}

const json = (value: unknown): string => JSON.stringify({ value })

/** Declares the suite's tests within `parent`. */
export function transportContract(parent: Test, open: () => World): void {
  const test = async (name: string, run: (t: Test, world: World & Pair) => Promise<void>): Promise<void> => {
    await parent.test(name, async (t) => {
      const { transport, address } = open()
      const acceptor = new Accepting()
      const listener = await transport.listen(address, acceptor)
      t.teardown(() => listener.close())
      await run(t, { transport, address: listener.address, acceptor, stop: () => listener.close() })
    })
  }

  void test('dialling tells of its success later, once, and before any message', async (t, {
    transport,
    address,
  }) => {
    const { end, channel } = dial(transport, address)
    t.same(end.events, [])
    await end.until(() => end.events.length > 0)
    t.same(end.events, ['opened'])
    channel.destroy()
    await end.over()
  })

  void test('messages arrive whole and in order, both ways', async (t, { transport, address, acceptor }) => {
    const { end, channel } = dial(transport, address)
    const texts = Array.from({ length: 500 }, (_, index) => json(`${'é'.repeat(index % 90)}${index}`))
    await end.until(() => end.events.includes('opened'))
    texts.forEach((text) => channel.send(text))
    const served = await acceptor.next()
    await served.until(() => served.messages.length === texts.length)
    t.same(served.messages, texts)
    texts.forEach((text) => served.channel?.send(text))
    await end.until(() => end.messages.length === texts.length)
    t.same(end.messages, texts)
    channel.destroy()
  })

  void test('what was sent before close arrives, and both ends hear of it once', async (t, {
    transport,
    address,
    acceptor,
  }) => {
    const { end, channel } = dial(transport, address)
    await end.until(() => end.events.includes('opened'))
    channel.send(json('last'))
    channel.close()
    channel.send(json('after'))
    const served = await acceptor.next()
    await Promise.all([end.over(), served.over()])
    t.same(served.messages, [json('last')])
    t.same(served.events, ['message', 'closed'])
    t.same(end.events, ['opened', 'closed'])
  })

  void test('destroy tells its own side too, later, and nothing after', async (t, {
    transport,
    address,
    acceptor,
  }) => {
    const { end, channel } = dial(transport, address)
    await end.until(() => end.events.includes('opened'))
    channel.send(json('first'))
    const served = await acceptor.next()
    served.channel?.send(json('answer'))
    channel.destroy()
    t.same(end.events, ['opened'])
    await Promise.all([end.over(), served.over()])
    t.same(end.events, ['opened', 'closed'])
  })

  void test('a paused channel holds the sender back until it is resumed', async (t, {
    transport,
    address,
    acceptor,
  }) => {
    const { end, channel } = dial(transport, address)
    await end.until(() => end.events.includes('opened'))
    channel.send(json('first'))
    const served = await acceptor.next()
    await served.until(() => served.messages.length === 1)
    served.channel?.pause()
    const big = json('x'.repeat(100_000))
    for (let index = 0; index < 200; index++) channel.send(big)
    t.ok(channel.bufferedBytes > 0)
    t.notOk(end.events.includes('drained'))
    served.channel?.resume()
    await served.until(() => served.messages.length === 201)
    await end.until(() => end.events.includes('drained'))
    t.equal(channel.bufferedBytes, 0)
    channel.destroy()
  })

  void test('a channel that is paused by its very first message stays paused', async (t, {
    transport,
    address,
    acceptor,
  }) => {
    acceptor.pausesAtFirst = true
    const { end, channel } = dial(transport, address)
    await end.until(() => end.events.includes('opened'))
    channel.send(json('first'))
    const served = await acceptor.next()
    await served.until(() => served.messages.length === 1)
    for (let index = 0; index < 200; index++) channel.send(json('x'.repeat(100_000)))
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    t.equal(served.messages.length, 1)
    served.channel?.resume()
    await served.until(() => served.messages.length === 201)
    channel.destroy()
  })

  void test('nobody listens: closed with a reason comes instead of opened', async (t, {
    transport,
    address,
    stop,
  }) => {
    await stop()
    const { end } = dial(transport, address)
    t.same(end.events, [])
    await end.over()
    t.same(end.events, ['failed'])
  })

  void test('an address in use is refused', async (t, { transport, address }) => {
    await t.rejects(transport.listen(address, new Accepting()), /can not listen on/)
  })

  void test('closing the listener ends the channels that it took', async (t, {
    transport,
    address,
    acceptor,
    stop,
  }) => {
    const { end, channel } = dial(transport, address)
    await end.until(() => end.events.includes('opened'))
    channel.send(json('first'))
    const served = await acceptor.next()
    await stop()
    await Promise.all([end.over(), served.over()])
    t.ok(served.events.includes('closed') || served.events.includes('failed'))
  })
}

interface Pair {
  readonly acceptor: Accepting
  readonly stop: () => Promise<void>
}
