/** The file that was started, so that the command can start itself once more as another process. */
export const PROGRAM = process.argv[1] ?? ''
