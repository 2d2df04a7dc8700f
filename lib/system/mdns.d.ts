/** As much of the native package `mdns` as is used here. It has no types, and is installed by whoever wants it. */
declare module 'mdns' {
  import type { EventEmitter } from 'node:events'

  interface ServiceType {
    readonly name: string
  }
  interface Found {
    readonly name: string
    readonly txtRecord?: unknown
  }
  interface Running extends EventEmitter {
    start(): void
    stop(): void
  }
  interface Native {
    readonly tcp: (name: string) => ServiceType
    readonly createAdvertisement: (
      type: ServiceType,
      port: number,
      options: { readonly name: string; readonly txtRecord: Readonly<Record<string, string>> },
    ) => Running
    readonly createBrowser: (
      type: ServiceType,
      options: { readonly resolverSequence: readonly unknown[] },
    ) => Running
    readonly rst: { DNSServiceResolve(): unknown }
  }
  const mdns: Native
  export default mdns
  export type { Found, Native, Running }
}
