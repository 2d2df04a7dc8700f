/** ECMAScript's explicit resource management, as far as every runtime has it that this code runs in. */
interface SymbolConstructor {
  readonly dispose: unique symbol
  readonly asyncDispose: unique symbol
}
