/** A sample of the page of metrics at a place. Undefined: there is none, or no page yet. */
export async function metricAt(place: string, name: string, label = ''): Promise<number | undefined> {
  const page = await fetch(`http://${place}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  )
  const line = page.split('\n').find((one) => /^\w+/.exec(one)?.[0] === name && one.includes(label))
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')))
}
