/** Calls that came to another member of the cluster, and are passed on to the one that leads. */
import type { Callers } from '../access/callers.js'
import type { Clock } from '../ports.js'
import type { OthersCalls } from '../replica/guards/passed-on.js'
import { Invoker } from '../rpc/answering/invoke.js'
import type { Host } from '../rpc/host.js'
import { DEFAULT_LIMITS } from '../rpc/limits.js'

/** `callers`: who is judged here. Undefined: nobody is. */
export function othersCalls(host: Host, clock: Clock, callers: Callers | undefined): OthersCalls {
  const invoker = new Invoker(host, clock, DEFAULT_LIMITS.frameBytesMax)
  const isOpen = callers === undefined || callers.isOpen
  return {
    isOpen,
    shown: ({ connection }) => {
      const { remote, peerCertificate } = connection
      // Where nobody is asked who he is, nobody is told.
      if (isOpen) return { remote }
      const bearer = callers.tokenOf({ connection, meta: {} })
      return {
        remote,
        ...(bearer !== undefined && { bearer }),
        ...(peerCertificate && { certificate: peerCertificate }),
      }
    },
    run: ({ method, params, meta }, caller, bytes) =>
      new Promise((resolve) => invoker.run({ id: 0, method, params, meta, bytes }, caller, resolve)),
  }
}
