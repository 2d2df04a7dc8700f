/** What is too long for one answer, one after another. */
import { isList, type Json } from '../../json.js'

/** Of one answer. */
export const PAGE = 1_000

/** `ask` is given the last item of the answer before, until there is none any more. */
export async function* pages(
  ask: (last: Json | undefined, seen: number) => Promise<Json>,
): AsyncGenerator<Json> {
  let last: Json | undefined
  let seen = 0
  for (;;) {
    const page = await ask(last, seen)
    if (!isList(page) || page.length === 0) return
    for (const item of page) yield item
    last = page.at(-1)
    seen += page.length
  }
}
