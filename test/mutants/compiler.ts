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

  /**
   * What the compiler has against the changed files of each change, by its name; nothing when all are correct. Changes
   * of different files are checked together, which takes hardly longer than one of them alone.
   */
  faults(changes: ReadonlyMap<string, ReadonlyMap<string, string>>): readonly string[] {
    const rounds: Map<string, { readonly name: string; readonly text: string }>[] = []
    for (const [name, files] of changes) {
      const free = rounds.find((round) => [...files.keys()].every((path) => !round.has(path)))
      const round = free ?? new Map<string, { name: string; text: string }>()
      if (free === undefined) rounds.push(round)
      for (const [path, text] of files) round.set(path, { name, text })
    }
    return rounds.flatMap((round) => {
      const texts = new Map([...round].map(([path, { text }]) => [path, text]))
      const program = this.#programOf(replacing(this.#host, texts), this.#unchanged)
      return [...round].flatMap(([path, { name }]) =>
        problemsOf(program, path).map((problem) => `${name}: ${path}: ${problem}`),
      )
    })
  }

  /** The JavaScript of one source. */
  compile(text: string): string {
    const { composite, ...options } = this.#options
    return ts.transpileModule(text, {
      compilerOptions: { ...options, module: ts.ModuleKind.ES2022, declarationMap: false },
    }).outputText
  }

  #programOf(host: ts.CompilerHost, oldProgram?: ts.Program): ts.Program {
    const rootNames = entries.map((path) => join(root, path))
    return ts.createProgram({ rootNames, options: this.#options, host, ...(oldProgram && { oldProgram }) })
  }
}

function problemsOf(program: ts.Program, path: string): readonly string[] {
  const source = program.getSourceFile(join(root, path))
  if (!source) return ['it is no part of the program']
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '),
  )
}

export function optionsOf(config: string): ts.CompilerOptions {
  const { config: raw } = ts.readConfigFile(config, (path) => ts.sys.readFile(path)) as { config: object }
  const { options } = ts.parseJsonConfigFileContent(raw, ts.sys, root)
  // As lib's own configuration has it, for all rooms.
  const paths = { jayson: [join(root, 'lib/rpc/jayson.d.ts')] }
  return {
    ...options,
    paths,
    composite: false,
    emitDeclarationOnly: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
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
