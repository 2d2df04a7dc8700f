/**
 * What `using` and `await using` call at the end of a block. Node.js has the two symbols from 20.4 on; the library of
 * ES2023 does not name them.
 */
interface SymbolConstructor {
  readonly dispose: unique symbol
  readonly asyncDispose: unique symbol
}
interface Disposable {
  [Symbol.dispose](): void
}
interface AsyncDisposable {
  [Symbol.asyncDispose](): PromiseLike<void>
}
