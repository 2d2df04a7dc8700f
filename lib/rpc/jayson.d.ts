/**
 * As much of jayson as lib uses. Its own typings bring Node's with them, which shared code must not see; the `paths` of
 * lib's tsconfig put this in their place.
 */
type Callback = (error: unknown, result?: unknown) => void
type MethodHandler = (params: unknown, context: unknown, callback: Callback) => void

interface Server {
  call(request: unknown, context: object, callback: Callback): void
}

interface ServerOptions {
  readonly router: (method: string) => object
  readonly useContext: boolean
}

declare const jayson: {
  readonly Server: new (methods: object, options: ServerOptions) => Server
  readonly Method: new (handler: MethodHandler, options: { readonly useContext: boolean }) => object
}
export default jayson
