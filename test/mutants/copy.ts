import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { holdGroup, killGroup } from '../harness/process-group.js'
import { root } from './patches.js'

/** How a program ended: its exit code, or `late` when it had to be killed. */
export type Ending = number | 'late'

/** What users run, module by module instead of in pieces: what is broken in one of them is broken there, too. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['dist/cli.js', `import './command.js'\n`],
  ['dist/index.js', `export * from './api.js'\n`],
  ['dist/testing/index.js', `export * from './api.js'\n`],
])

/** The compiled project in a folder of its own, to be broken and mended again. */
export class Copy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rollcall-mutants-'))

  constructor() {
    for (const part of ['dist', 'docs', 'package.json', 'README.md'])
      cpSync(join(root, part), join(this.#folder, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'))
    this.#write(MODULES)
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Replaces files, by their paths below the folder, while `work` runs. */
  async with<T>(changed: ReadonlyMap<string, string>, work: () => Promise<T>): Promise<T> {
    const before = [...changed.keys()].map((path) => [path, this.#read(path)] as const)
    this.#write(changed)
    try {
      return await work()
    } finally {
      this.#write(before)
    }
  }

  /**
   * Runs a compiled program. `onLine` hears what it prints, and ends it by returning `enough`. `env`: besides our own.
   */
  async run(
    args: readonly string[],
    patienceMs: number,
    onLine: (line: string) => 'enough' | undefined,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Ending> {
    const child = spawn(process.execPath, args, {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
      detached: true,
    })
    holdGroup(child)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (onLine(line) === 'enough') killGroup(child)
    })
    return new Promise<Ending>((resolve, reject) => {
      let whenKilled: Ending = 1
      const late = setTimeout(() => {
        whenKilled = 'late'
        // A mutant that loops for ever is deaf to any other signal.
        killGroup(child)
      }, patienceMs)
      child.on('error', reject).on('close', (code) => {
        clearTimeout(late)
        resolve(code ?? whenKilled)
      })
    })
  }

  #read(path: string): string {
    return readFileSync(join(this.#folder, path), 'utf8')
  }

  #write(files: Iterable<readonly [string, string]>): void {
    for (const [path, text] of files) writeFileSync(join(this.#folder, path), text)
  }
}
