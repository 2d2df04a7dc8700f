import { spawnSync } from 'node:child_process'

/** What the pattern's group catches of what the command says. Null: there is no such command, or it says no such thing. */
export function versionOf(pattern: RegExp, command: string, ...args: readonly string[]): string | null {
  const { stdout, error } = spawnSync(command, args, { encoding: 'utf8' })
  return error === undefined ? (pattern.exec(stdout)?.[1] ?? null) : null
}
