/** Addresses of the web, in every runtime the same: shared code may make one from its text, and read it again. */
declare class URL {
  constructor(text: string)
  readonly href: string
}
