/** A failing part as text: a line for each client, time from left to right, and why it fails. */
import type { Operation } from './history.js'
import type { Evidence } from './linearizability.js'
import type { Model } from './model.js'
import { canonicalText } from './canonical-text.js'
import { callOf, operationText, shortened, valueText, wrapped } from './text.js'

/** No line is longer, in characters. */
const COLUMNS = 120
const CLIENT_LENGTH_MAX = 16
/** Calls are written out as far as there is room for all: these lengths are tried in turn. */
const LABEL_LENGTHS = [48, 32, 24, 16]
const STATE_LENGTH_MAX = 200
/** So many of the last in the order are named. */
const NAMED_MAX = 8

/**
 * A bar goes from call to answer; one with an open end had none. Only the order of the ends is true to the times, not
 * their distance. When there are too many operations for the width, the earliest are left out, and that is said.
 */
export function draw<State, Call, Result>(
  evidence: Evidence<State, Call, Result>,
  model: Model<State, Call, Result>,
): string {
  const { bars, left } = fitted(evidence.operations, model)
  const omitted = left === 0 ? [] : [`(${left} earlier operations are not drawn.)`, '']
  return [...omitted, ...bars, '', ...wrapped(why(evidence, model), COLUMNS)].join('\n')
}

/** Up to which operation an order could be found, what the state was then, and what did not fit. */
function why<State, Call, Result>(
  { partition, order, state, stuck }: Evidence<State, Call, Result>,
  model: Model<State, Call, Result>,
): string {
  const answer = stuck.outcome.kind === 'answered' ? stuck.outcome.result : undefined
  const expected = model.step(state, stuck.call, answer).result
  const stateText = shortened(model.stateText?.(state) ?? canonicalText(state), STATE_LENGTH_MAX)
  const where = partition === '' ? '' : ` of ${shortened(partition, LABEL_LENGTHS[0] ?? 0)}`
  return (
    `No order of these operations${where} explains all answers. ${orderText(order, model)} ` +
    `The state is then ${stateText}, where ${callOf(stuck.call, model)} of ${stuck.client} ` +
    `would be answered ${shortened(valueText(expected), 48)}, not ${shortened(valueText(answer), 48)}.`
  )
}

function orderText<State, Call, Result>(
  order: readonly Operation<Call, Result>[],
  model: Model<State, Call, Result>,
): string {
  if (order.length === 0) return 'None can come first.'
  const texts = order.slice(-NAMED_MAX).map((each) => shortened(operationText(each, model), 48))
  const before = order.length > NAMED_MAX ? `${order.length - NAMED_MAX} others, then ` : ''
  return `The longest order is: ${before}${texts.join('; ')}.`
}

interface Bar {
  readonly client: string
  readonly start: number
  /** Infinity for one without an answer. */
  readonly end: number
  readonly label: string
}

function fitted<State, Call, Result>(
  operations: readonly Operation<Call, Result>[],
  model: Model<State, Call, Result>,
): { readonly bars: readonly string[]; readonly left: number } {
  const sorted = operations.toSorted((a, b) => a.invokedAt - b.invokedAt)
  for (let left = 0; left < sorted.length; left++) {
    for (const lengthMax of LABEL_LENGTHS) {
      const lines = drawn(sorted.slice(left).map((each) => barOf(each, model, lengthMax)))
      if (lines.every((line) => line.length <= COLUMNS)) return { bars: lines, left }
    }
  }
  return { bars: [], left: sorted.length }
}

function barOf<State, Call, Result>(
  operation: Operation<Call, Result>,
  model: Model<State, Call, Result>,
  lengthMax: number,
): Bar {
  const { client, invokedAt, outcome } = operation
  return {
    client: shortened(client, CLIENT_LENGTH_MAX),
    start: invokedAt,
    end: outcome.kind === 'answered' ? outcome.at : Infinity,
    label: shortened(operationText(operation, model), lengthMax),
  }
}

function drawn(bars: readonly Bar[]): readonly string[] {
  const columns = columnsOf(bars)
  const width = Math.max(...bars.map(({ client }) => client.length)) + 2
  const right = Math.max(...bars.map((bar) => endColumn(bar, columns)))
  return lanesOf(bars).map((lane) => {
    let line = (lane[0]?.client ?? '').padEnd(width)
    for (const bar of lane)
      line = line.padEnd(width + (columns.get(bar.start) ?? 0)) + barText(bar, columns, right)
    return line
  })
}

/** `|-- set x 1 → null --|`, or `|-- set x 1 → ? --->` to the right edge. */
function barText(bar: Bar, columns: ReadonlyMap<number, number>, right: number): string {
  const start = columns.get(bar.start) ?? 0
  const end = bar.end === Infinity ? right : endColumn(bar, columns)
  const filled = `|-- ${bar.label} --`.padEnd(end - start, '-')
  return filled + (bar.end === Infinity ? '>' : '|')
}

/** What a bar takes beside its label. */
const BAR_LENGTH = '|--  --|'.length

/** A column for each time, as far left as the labels allow. */
function columnsOf(bars: readonly Bar[]): ReadonlyMap<number, number> {
  const times = [...new Set(bars.flatMap(({ start, end }) => [start, end]))].filter(Number.isFinite)
  times.sort((a, b) => a - b)
  const columns = new Map<number, number>()
  let column = -2
  for (const time of times) {
    column += bars.some(({ start }) => start === time) ? 2 : 1
    for (const bar of bars) if (bar.end === time) column = Math.max(column, endColumn(bar, columns))
    columns.set(time, column)
  }
  return columns
}

/** Where it ends, or would end at least. */
function endColumn({ start, end, label }: Bar, columns: ReadonlyMap<number, number>): number {
  const least = (columns.get(start) ?? 0) + label.length + BAR_LENGTH - 1
  return Math.max(least, columns.get(end) ?? 0)
}

/** A line for each client, and more for one with calls at the same time. By the first call of each client. */
function lanesOf(bars: readonly Bar[]): readonly (readonly Bar[])[] {
  const clients = new Map<string, Bar[][]>()
  for (const bar of bars) {
    const lanes = clients.get(bar.client) ?? []
    clients.set(bar.client, lanes)
    const free = lanes.find((lane) => (lane.at(-1)?.end ?? -Infinity) < bar.start)
    if (free === undefined) lanes.push([bar])
    else free.push(bar)
  }
  return [...clients.values()].flat()
}
