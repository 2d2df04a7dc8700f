/** What the flags say of TLS, as the option that it is. */
import type { FlagValues } from '../command-line/flags.js'
import { UsageError } from '../command-line/report.js'
import { checkTls, type TlsOptions } from '../rpc/tls-options.js'

type TlsFlags = FlagValues<'tls-ca' | 'tls-cert' | 'tls-key'> &
  Partial<FlagValues<'tls-crl' | 'tls-client-cert'>>

/** Undefined: none of them is given. @throws UsageError where one is missing */
export function tlsOf(flags: TlsFlags, of: 'who listens' | 'who calls'): TlsOptions | undefined {
  const { 'tls-ca': ca, 'tls-crl': crl, 'tls-cert': cert, 'tls-key': key } = flags
  const { 'tls-client-cert': clientCert } = flags
  if ([ca, crl, cert, key, clientCert].every((each) => each === undefined)) return undefined
  const options = { ca, crl, cert, key, clientCert }
  try {
    checkTls(options, of === 'who listens')
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  return options
}
