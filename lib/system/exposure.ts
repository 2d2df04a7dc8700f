/** What may be reached from other machines: only what speaks TLS and asks who calls, or what somebody wants otherwise. */
import { CommandError } from '../command-line/report.js'
import type { Address, Logger } from '../ports.js'
import { isOnThisMachine } from '../rpc/loopback.js'
import { formatAddress } from '../rpc/uri-grammar.js'

/** How a process is protected that listens. */
export interface Exposure {
  /** It speaks TLS. */
  readonly isSecured: boolean
  /** Who calls has to show who he is, by a token or by a certificate. */
  readonly knowsCallers: boolean
  /** Somebody says that the network keeps strangers away. */
  readonly isInsecure: boolean
}

/** What is lacking, and how to have it. */
const TLS = ['read along', '--tls-cert and --tls-key (tls)'] as const
const CALLERS = [
  'call',
  '--token-file, or --tls-client-cert required (token, access, authenticate, tls.clientCert)',
] as const

/** Why nobody may listen there; undefined: anybody may. */
export function whyExposed(address: Address, exposure: Exposure): string | undefined {
  const { isSecured, knowsCallers, isInsecure } = exposure
  const lacking = [...(isSecured ? [] : [TLS]), ...(knowsCallers ? [] : [CALLERS])]
  if (isInsecure || lacking.length === 0 || isOnThisMachine(address)) return undefined
  const might = lacking.map(([deed]) => deed).join(' and ')
  const remedies = lacking.map(([, remedy]) => remedy).join(', and ')
  // Before it listens nobody knows which port the system chooses.
  const place = address.kind === 'tcp' && address.port === 0 ? address.host : formatAddress(address)
  return (
    `${place} can be reached from other machines, where anybody could ${might}: ` +
    `give ${remedies}, as docs/security.md shows, or --insecure (insecure: true), where the network keeps strangers away`
  )
}

/** @throws CommandError */
export function demandProtected(address: Address, exposure: Exposure | undefined): void {
  const why = exposure && whyExposed(address, exposure)
  if (why !== undefined) throw new CommandError('INSECURE', `nothing was opened: ${why}`)
}

/** Of a process that is not protected, and says so in each line of its log. */
export function saying(exposure: Exposure, logger: Logger): Logger {
  const { isSecured, knowsCallers, isInsecure } = exposure
  return isInsecure && !(isSecured && knowsCallers) ? logger.with({ insecure: true }) : logger
}
