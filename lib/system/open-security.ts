/** TLS for those who ask for it, as nobody else loads what it takes. */
import type { Clock, Logger } from '../ports.js'
import { checkTls, type TlsOptions } from '../rpc/tls-options.js'
import type { Exposure } from './exposure.js'
import type { Security } from './security.js'

/** What says how a process is protected that listens. */
export interface Protection {
  readonly tls?: boolean | TlsOptions | undefined
  /** Of the network, which keeps strangers away. */
  readonly insecure?: boolean | undefined
}

/** `asksWho`: who calls has to show a token. */
export function exposureOf({ tls, insecure = false }: Protection, asksWho: boolean): Exposure {
  const isSecured = tls !== undefined && tls !== false
  const demandsCertificates = typeof tls === 'object' && tls.clientCert === 'required'
  return { isSecured, knowsCallers: asksWho || demandsCertificates, isInsecure: insecure }
}

/**
 * Undefined: none is asked for. `listens`: connections come in, too. @throws InvalidParamsError for options that are
 * none, and files that can't be read or do not belong together
 */
export async function securityOf(
  tls: boolean | TlsOptions | undefined,
  listens: boolean,
  ports: { readonly clock: Clock; readonly logger: Logger },
): Promise<Security | undefined> {
  if (tls === undefined || tls === false) return undefined
  const options = tls === true ? {} : { ...tls }
  checkTls(options, listens)
  const { TlsSecurity } = await import('./tls/tls-security.js')
  if (options.crl === undefined) return new TlsSecurity(options, ports)
  const { readRevoked } = await import('./tls/revoked.js')
  return new TlsSecurity(options, { ...ports, readRevoked })
}
