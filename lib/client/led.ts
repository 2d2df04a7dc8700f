/** Whether members have a leader, by the word of two of them at least. */
import type { Uri } from '../rpc/uri.js'
import type { MemberView } from './views.js'

/** As soon as it is known: one that does not answer is not waited for. Never rejects. */
export async function isLedBy(
  members: readonly Uri[],
  statusOf: (member: Uri) => Promise<MemberView>,
): Promise<boolean> {
  const views: MemberView[] = []
  const asked = members.map(async (member) => {
    views.push(await statusOf(member))
    if (!isLed(views)) throw new Error('not yet')
  })
  return Promise.any(asked).then(
    () => true,
    () => false,
  )
}

/** Somebody leads, and another one follows it in its term. */
function isLed(views: readonly MemberView[]): boolean {
  const reachable = views.flatMap((view) => (view.reachable ? [view] : []))
  const leader = reachable.find(({ role }) => role === 'leader')
  if (leader === undefined) return false
  return reachable.some(
    (view) => view.leader?.id === leader.id && view !== leader && view.term === leader.term,
  )
}
