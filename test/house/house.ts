/** What the compiler says of the house when sources are added or replaced. Nothing is written. */
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { complaintsAboutWhatShips } from './declarations.js'

export const project = join(import.meta.dirname, '../../..')

/** Texts by their places below the house. */
export type Changes = ReadonlyMap<string, string>

/**
 * Complaints about each changed source, each compiled with the room that it is in, which sees only what that may use.
 */
export function complaintsByRooms(changes: Changes): readonly string[] {
  // A room sees the declarations of those that it uses.
  complaintsAboutWhatShips()
  const rooms = new Set([...changes.keys()].map(roomOf))
  return [...rooms].flatMap((room) => {
    const places = [...changes.keys()].filter((place) => roomOf(place) === room)
    const { fileNames, options, projectReferences = [] } = configurationOf(room)
    const rootNames = [...new Set([...fileNames, ...places.map((place) => join(project, place))])]
    const host = hostOf(options, changes)
    return complaints(ts.createProgram({ rootNames, options, projectReferences, host }), places)
  })
}

/** Complaints about the sources at these places, when a room is compiled with all that it uses. */
export function complaintsAt(places: readonly string[], room: string, changes: Changes): readonly string[] {
  const { fileNames, options: own } = configurationOf(room)
  // As lib's own configuration has it.
  const paths = { jayson: [join(project, 'lib/rpc/jayson.d.ts')] }
  const options = { ...own, composite: false, paths }
  const program = ts.createProgram({ rootNames: fileNames, options, host: hostOf(options, changes) })
  return complaints(program, places)
}

/** `lib/raft/table.ts: TS2322: Type …` */
function complaints(program: ts.Program, places: readonly string[]): readonly string[] {
  return places.flatMap((place) => {
    const source = program.getSourceFile(join(project, place))
    if (source === undefined) throw new Error(`${place} is no part of the program`)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ code, messageText }) => `${place}: TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  })
}

/** The nearest folder above that has a configuration of its own. */
function roomOf(place: string): string {
  const folder = dirname(place)
  return ts.sys.fileExists(join(project, folder, 'tsconfig.json')) ? folder : roomOf(folder)
}

function configurationOf(room: string): ts.ParsedCommandLine {
  const path = join(project, room, 'tsconfig.json')
  const refuse = (fault: ts.Diagnostic): never => {
    throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, ' '))
  }
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: refuse }
  const configuration = ts.getParsedCommandLineOfConfigFile(path, undefined, host)
  if (configuration === undefined) throw new Error(`${path} can't be read`)
  return configuration
}

/** Sources as they are on disk, parsed once for all programs. */
const unchanged = new Map<string, ts.SourceFile | undefined>()

function hostOf(options: ts.CompilerOptions, changes: Changes): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const texts = new Map([...changes].map(([place, text]) => [join(project, place), text]))
  return {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    getSourceFile: (path, how, ...rest) => {
      const text = texts.get(path)
      if (text !== undefined) return ts.createSourceFile(path, text, how)
      if (!unchanged.has(path)) unchanged.set(path, host.getSourceFile(path, how, ...rest))
      return unchanged.get(path)
    },
  }
}
