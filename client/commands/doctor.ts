import { CommandError } from '../../lib/command-line/report.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { printJson, printText } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { CLIENT_FLAGS } from '../../lib/command-line/client-flags.js'

export const doctorCommand = defineCommand({
  command: 'doctor',
  describe: 'why can I not connect, why is there no leader: looks at everything, changes nothing',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .option('data', {
        type: 'string',
        requiresArg: true,
        default: '.rollcall',
        describe: "the folder with the members' data folders in it, of those on this machine",
      })
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 doctor', 'one line for each finding; exit code 1 when there is a problem'),
  handler: async ({ json, ...options }) => {
    const { diagnose, renderFindings } = await import('../doctor/diagnose.js')
    const findings = await diagnose(options)
    if (json) printJson(findings)
    else printText(renderFindings(findings))
    const problems = findings.filter(({ level }) => level === 'problem').length
    if (problems > 0)
      throw new CommandError(
        'UNHEALTHY',
        problems === 1 ? 'there is a problem' : `there are ${problems} problems`,
      )
  },
})
