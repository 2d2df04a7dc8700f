/** What discovery asks of the world: announcements on the local network, and what tells this machine from others. */

/** One announcement of `_rollcall._tcp`. The text records hold all that it says. */
export interface Notice {
  /** Of the announcement, its own: at most 63 bytes, without a dot. */
  readonly name: string
  readonly port: number
  /** Text records: each with its name, and "=", at most 255 bytes. */
  readonly texts: Readonly<Record<string, string>>
}

export type Sighting = Pick<Notice, 'name' | 'texts'>

/** What is heard on the network, from anybody. */
export interface NoticeHearers {
  /** Somebody announces, or has answered a question. The same may be told many times. */
  seen(sighting: Sighting): void
  /** Somebody says that this announcement is taken back. */
  gone(name: string): void
}

export interface NoticeBoard {
  /** What it is made of: a package's name. */
  readonly by: string
  /** Announces until it is closed. */
  announce(notice: Notice): void
  /** Asks the network once who is there. Answers are told to the hearers, whenever they come. */
  ask(): void
  /** Takes back what was announced, and lets go of the network. Never rejects. */
  close(): Promise<void>
}

/** The same of each machine. */
export interface Machine {
  /** Differs from machine to machine: a loopback address means nothing to one that has another. */
  readonly loopback: string
  /** Its addresses with the lengths of their networks: `192.168.1.5/24`. Those of loopback are left out. */
  networks(): readonly string[]
  /** Whether an address is in a network. False where one of them is none. */
  readonly isIn: (address: string, network: string) => boolean
  /** HMAC-SHA-256 of the text, in hexadecimal. */
  seal(token: string, text: string): string
}

export interface LocalNetwork extends Machine {
  /** Rejects when nothing can be announced or heard on this machine. */
  open(hearers: NoticeHearers, warn: (sentence: string) => void): Promise<NoticeBoard>
}
