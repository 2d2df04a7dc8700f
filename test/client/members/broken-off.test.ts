import t from 'tap'
import { endable } from '../../../client/members/broken-off.js'
import { budgetOf } from '../../../client/members/budget.js'
import { removeMember } from '../../../client/members/remove-member.js'
import { transferLeadership } from '../../../client/members/transfer-leadership.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import { uri } from '../../../lib/rpc/uri.js'

t.test(
  'bug: a command that was told to end before anybody was asked said what may happen all the same',
  async (t) => {
    for (const command of [removeMember, transferLeadership])
      for (const isAsked of [false, true]) {
        const end = endable()
        const callLeader: Rollcall['callLeader'] = (_method, _params, { onLeader } = {}) => {
          if (isAsked) onLeader?.(uri('node1@localhost:9101'))
          end.tell()
          return new Promise(() => undefined)
        }
        const told = command({ callLeader }, 'node2', { budget: budgetOf(1_000), tell: () => undefined, end })
        await t.rejects(told, {
          label: 'INTERRUPTED',
          message: isAsked ? /; node2 may .* all the same/ : /^this command was told to end$/,
        })
      }
  },
)
