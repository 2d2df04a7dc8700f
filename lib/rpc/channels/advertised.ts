/** Where others are told that a process is, where that is not where it listens. */
import { InvalidParamsError } from '../errors.js'
import { isEverywhere } from '../loopback.js'
import { parseHostPort } from '../uri.js'

export interface Published {
  readonly host: string
  /** Undefined: the port that it listens at. */
  readonly port: number | undefined
}

/** @throws InvalidParamsError when it is not `HOST` or `HOST:PORT`, or no single host */
export function advertised(text: string | undefined): Published | undefined {
  if (text === undefined) return undefined
  const hasPort = /^(?:\[[^\]]*\]|[^:]*):\d+$/.test(text)
  const address = parseHostPort(text, 1)
  if (address.kind !== 'tcp' || isEverywhere(address.host))
    throw new InvalidParamsError(`others can't reach a member at ${text}: advertise a HOST or HOST:PORT`)
  return { host: address.host, port: hasPort ? address.port : undefined }
}
