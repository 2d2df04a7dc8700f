/** Who may call what of a process. */
import type { Need } from '../roles.js'
import type { CallContext, ConnectionContext, ExposedMethod } from './exposed.js'

export interface Gate {
  /** The method of that full name as it is called from outside: as it is, where everybody may. */
  guarded(fullName: string, method: ExposedMethod): ExposedMethod
  /**
   * Before a caller is told that there is no such method. A promise where it takes time to find out who he is.
   * @throws UnauthorizedError, or rejects with it
   */
  demandKnown(fullName: string, context: CallContext): Promise<void> | undefined
  /** To be awaited before {@link isKnown} of whoever has shown something before its message. Never rejects. */
  judging?(from: PageAsker): Promise<void> | undefined
  /** Whether whoever is there has shown who it is, as far as that is known before its message. */
  isKnown(connection: PageAsker & Pick<ConnectionContext, 'isFavoured'>): boolean
  /** Resolves with why this page is not for whoever asks, as a sentence. Undefined: it is. */
  whyNoPage(path: string, from: PageAsker): Promise<string | undefined>
}

/** Who asks for a page. */
export type PageAsker = Pick<ConnectionContext, 'remote' | 'peerCertificate' | 'bearer'>

/** Methods with what the table says that they ask of their callers: one that does not stand there does not compile. */
export function withNeeds<Name extends string>(
  needs: Readonly<Record<Name, Need>>,
  methods: readonly (readonly [Name, ExposedMethod])[],
): Map<string, ExposedMethod> {
  return new Map(methods.map(([name, method]) => [name, { ...method, needs: needs[name] }]))
}
