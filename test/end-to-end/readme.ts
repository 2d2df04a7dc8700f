/** The README: its blocks, and how a line of it is run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const project = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(project, 'README.md'), 'utf8')

export function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  )
}

interface Shell {
  readonly output: Promise<{
    readonly status: number | null
    readonly stdout: string
    readonly stderr: string
  }>
  end(): Promise<unknown>
}

/** Runs a line of the README in the project's folder, its whole process group ended with the test. */
export function shell(line: string, env: Readonly<Record<string, string>>): Shell {
  const child = spawn('sh', ['-c', `unset NODE_OPTIONS\n${line}`], {
    cwd: project,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const heard = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text))
  const ended = once(child, 'close')
  return {
    output: ended.then(() => ({ status: child.exitCode, ...heard })),
    end: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}
