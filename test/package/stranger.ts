/** Somebody who installs the package: the tarball that npm pack makes, in a folder where nothing else is. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '../harness/processes.js'

export const project = join(import.meta.dirname, '../../..')
export const tools = join(project, 'packaging/tools/node_modules')
const strangers = join(project, 'test/fixtures/strangers')

interface Teardown {
  teardown(task: () => unknown): void
}

export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** The lines of tap's own hooks would be the program's, too. */
const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', npm_config_update_notifier: 'false' }

export async function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  try {
    const said = await promisify(execFile)(command, args, { cwd, env, timeout: 120_000 })
    return { status: 0, ...said }
  } catch (error) {
    const { code, stdout, stderr } = error as Ended & { readonly code: unknown }
    return { status: typeof code === 'number' ? code : 1, stdout, stderr }
  }
}

/** Runs what must go well. */
export async function done(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, cwd)
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')} has failed:\n${stdout}${stderr}`)
}

/** A folder with the package in it, and with the programs of strangers. */
export async function stranger(
  t: Teardown,
  packed: string,
  besides: readonly string[] = [],
): Promise<string> {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await done('npm', ['install', '--silent', '--prefer-offline', packed, ...besides], folder)
  cpSync(strangers, folder, { recursive: true })
  return folder
}

/** The tools of strangers, installed once in the checkout. */
export async function withTools(): Promise<void> {
  if (!existsSync(tools)) await done('npm', ['ci', '--silent'], join(tools, '..'))
}
