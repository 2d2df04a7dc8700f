import { join } from 'node:path'
import ts from 'typescript'
import { root } from './patches.js'

const entries = ['cli.ts', 'index.ts', 'lib/system/watchdog-thread.ts']

/**
 * Checks and compiles sources that differ from those on disk in a few files. What an omission leaves unused is no
 * mistake here; anything else that the compiler says is.
 */
export class Compiler {
  readonly #options: ts.CompilerOptions
  readonly #unchanged: ts.Program
  readonly #host: ts.CompilerHost

  constructor() {
    this.#options = optionsOf(join(root, 'tsconfig.main.json'))
    this.#host = caching(ts.createCompilerHost(this.#options))
    this.#unchanged = this.#programOf(this.#host)
  }

  /** What the compiler has against the changed files; empty when they are correct. */
  faults(changed: ReadonlyMap<string, string>): readonly string[] {
    const program = this.#programOf(replacing(this.#host, changed), this.#unchanged)
    return [...changed.keys()].flatMap((path) => {
      const source = program.getSourceFile(join(root, path))
      if (!source) return [`${path} is no part of the program`]
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      )
    })
  }

  /** The JavaScript of one source. */
  compile(text: string): string {
    const { composite, ...options } = this.#options
    return ts.transpileModule(text, {
      compilerOptions: { ...options, module: ts.ModuleKind.ES2022, sourceMap: false, declarationMap: false },
    }).outputText
  }

  #programOf(host: ts.CompilerHost, oldProgram?: ts.Program): ts.Program {
    const rootNames = entries.map((path) => join(root, path))
    return ts.createProgram({ rootNames, options: this.#options, host, ...(oldProgram && { oldProgram }) })
  }
}

function optionsOf(config: string): ts.CompilerOptions {
  const { config: raw } = ts.readConfigFile(config, (path) => ts.sys.readFile(path)) as { config: object }
  const { options } = ts.parseJsonConfigFileContent(raw, ts.sys, root)
  // As lib's own configuration has it, for all rooms.
  const paths = { jayson: [join(root, 'lib/rpc/jayson.d.ts')] }
  return { ...options, paths, composite: false, noUnusedLocals: false, noUnusedParameters: false }
}

function caching(host: ts.CompilerHost): ts.CompilerHost {
  const known = new Map<string, ts.SourceFile | undefined>()
  return {
    ...host,
    getSourceFile: (path, ...rest) => {
      if (!known.has(path)) known.set(path, host.getSourceFile(path, ...rest))
      return known.get(path)
    },
  }
}

function replacing(host: ts.CompilerHost, changed: ReadonlyMap<string, string>): ts.CompilerHost {
  const texts = new Map([...changed].map(([path, text]) => [join(root, path), text]))
  return {
    ...host,
    getSourceFile: (path, how, ...rest) => {
      const text = texts.get(path)
      return text === undefined
        ? host.getSourceFile(path, how, ...rest)
        : ts.createSourceFile(path, text, how)
    },
  }
}
