/** How many parameters a function has, where that can be known. */
/** Functions of the system, bound ones, and those that read more than they name. */
const OPEN = /\{\s*\[native code\]|\barguments\b/
/** Either may speak of arguments, too. */
const TEXT_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<!\\)\/\/[^\n]*|\/\*[^]*?\*\//g

/**
 * Undefined: as many as it likes. `Function.length` counts up to the first parameter that has a
 * default or takes the rest, so it is the number only where there is none, which the head of the
 * source tells. What is not plain to see counts as unknown.
 */
export function fixedParams(method: (...args: never[]) => unknown): number | undefined {
  const source = Function.prototype.toString.call(method).replace(TEXT_OR_COMMENT, '')
  const list = /^[^([]*\(([^()]*)\)/.exec(source)?.[1]
  if (list === undefined || /=|\.\.\./.test(list) || OPEN.test(source)) return undefined
  const commas = withoutPatterns(list).split(',')
  const names = commas.filter((each) => each.trim() !== '').length
  return names === method.length ? names : undefined
}

/** A parameter that is taken apart, `{a, b}` or `[a, b]`, is one. */
function withoutPatterns(list: string): string {
  const flat = list.replace(/\{[^{}]*\}|\[[^[\]]*\]/g, '_')
  return flat === list ? list : withoutPatterns(flat)
}
