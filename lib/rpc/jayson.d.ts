/**
 * As much of jayson as lib uses. Its own typings bring Node's with them, which shared code must not see; the `paths` of
 * lib's tsconfig put this in their place.
 */
type Callback = (error: unknown, result?: unknown) => void

declare class Method {
  constructor(
    handler: (params: unknown, context: unknown, callback: Callback) => void,
    options: { useContext: boolean },
  )
}

declare class Server {
  constructor(methods: object, options: { router: (method: string) => Method; useContext: boolean })
  call(request: unknown, context: object, callback: Callback): void
}

declare const jayson: { readonly Server: typeof Server; readonly Method: typeof Method }
export default jayson
