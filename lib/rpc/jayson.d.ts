/**
 * As much of jayson as lib uses. Its own typings bring Node's with them, which shared code must not see; the `paths` of
 * lib's tsconfig put this in their place.
 */
type Callback = (error: unknown, result?: unknown) => void
type MethodHandler<C> = (params: unknown, context: C, callback: Callback) => void

interface Method<C> {
  readonly handler: MethodHandler<C>
}

/** `C`: what is handed to `call` reaches the method as it is. */
interface Server<C> {
  call(request: unknown, context: C, callback: Callback): void
}

interface ServerOptions<C> {
  readonly router: (method: string) => Method<C>
  readonly useContext: boolean
}

declare const jayson: {
  readonly Server: new <C extends object>(methods: object, options: ServerOptions<C>) => Server<C>
  readonly Method: new <C>(handler: MethodHandler<C>, options: { readonly useContext: boolean }) => Method<C>
}
export default jayson
