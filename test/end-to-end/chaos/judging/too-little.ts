/** Whether so little was acknowledged in a round that nothing is shown by it. */
import { isQuery, type History, type ObjectName } from '../histories.js'

/** Of each object. Where a majority is there for most of a round it has some hundreds. */
const COMMANDS_LEAST = 20
const OBJECTS = ['kv', 'counter', 'log'] as const

interface Histories {
  of(object: ObjectName): History
}

/** Of how many commands of each object the clients know that they ran. */
export function acknowledged(histories: Histories): Readonly<Record<ObjectName, number>> {
  const count = (object: ObjectName): number => histories.of(object).filter(isAcknowledgedCommand).length
  return { kv: count('kv'), counter: count('counter'), log: count('log') }
}

/** Sentences about the objects of which too few commands were acknowledged. */
export function tooLittle(histories: Histories): readonly string[] {
  const counts = acknowledged(histories)
  return OBJECTS.filter((object) => counts[object] < COMMANDS_LEAST).map(
    (object) =>
      `the round shows nothing: ${counts[object]} commands of ${object} were acknowledged, of at least ${COMMANDS_LEAST}`,
  )
}

function isAcknowledgedCommand({ call, outcome }: History[number]): boolean {
  return outcome.kind === 'answered' && !isQuery(call.method)
}
