/** Commands about names, and the object that anybody can try things with. */
import t, { type Test } from 'tap'
import { connect, type Remote } from '../../api.js'
import { Running, temporaryFolder } from '../harness/processes.js'
import { NameServerScene } from '../nameserver/scene.js'

interface Echo {
  echo(value: unknown): unknown
  error(message?: string): never
  slow(ms: number): string
  count(to: number): Generator<number>
  callback(listener: (turn: number) => unknown, times: number): unknown[]
  note(text: string): void
  context(): object
}

async function scene(t: Test) {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const folder = temporaryFolder(t)
  const start = (command: string, ...args: readonly string[]): Running =>
    new Running([command, '--nameserver', names.address, ...args], folder)
  const said = async (command: string, ...args: readonly string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await start(command, ...args).ended
    return status === 0 ? (JSON.parse(stdout) as unknown) : `${status} ${stderr.trim()}`
  }
  return { names, start, said }
}

t.test('names are listed, tagged and removed by what they are to match', async (t) => {
  const { said } = await scene(t)
  for (const name of ['test.a', 'test.b', 'other']) await said('register', name, `${name}@localhost:7000`)
  t.match(await said('tag', 'test.a', 'red', 'zone=west'), { name: 'test.a', metadata: ['red', 'zone=west'] })
  t.match(await said('names', '--json', '--tags', 'red,zone=west'), [{ name: 'test.a' }])
  t.match(await said('names', '--json', '--any-tag', 'blue,red'), [{ name: 'test.a' }])
  t.same(
    ((await said('names', '--json', '--regex', 'test\\.[ab]')) as { readonly name: string }[]).map(
      ({ name }) => name,
    ),
    ['test.a', 'test.b'],
  )
  t.match(await said('tag', 'test.a', '--tags', 'blue'), /^2 error: USAGE: unknown flag: --tags/)
  t.match(await said('names', '--json', '--tags', 'red'), [{ name: 'test.a' }], 'it has its tags')
  t.match(await said('tag', 'test.a', 'red', '--', '-2'), { metadata: ['-2', 'red'] }, 'also those behind --')
  t.match(await said('tag', 'test.a'), { metadata: [] })
  t.match(await said('tag', 'nobody', 'red'), /^1 error: NAME_NOT_FOUND: /)
  t.same(await said('remove', '--prefix', 'test.'), ['test.a', 'test.b'])
  t.match(await said('remove', '--prefix', 'test.'), /^1 error: NAME_NOT_FOUND: .* no record that matches/)
  t.match(await said('names', '--json'), [{ name: 'other' }])
  t.equal(await said('remove', 'other'), true)
})

t.test('remove takes no name by accident', async (t) => {
  const { said } = await scene(t)
  for (const args of [[], ['--prefix', ''], ['other', '--prefix', 'o']])
    t.match(
      await said('remove', ...args),
      /^2 error: USAGE: (?:remove takes a name, or what names are to match: --prefix|--prefix is empty)/,
      args.join(' '),
    )
})

t.test('rollcall echo serves an object to try things with', async (t) => {
  const { names, start, said } = await scene(t)
  const running = start('echo')
  t.teardown(() => running.kill())
  await running.says(/echo@localhost:\d+/)
  t.equal(await said('call', 'echo.echo', 'hello'), 'hello')
  const client = await connect({ nameserver: names.address })
  t.teardown(() => client.close())
  const echo: Remote<Echo> = client.object<Echo>('echo')
  t.match(await echo.echo(new Map([[1n, new Date(0)]])), new Map([[1n, new Date(0)]]))
  await t.rejects(echo.error('no'), { label: 'REMOTE_ERROR', message: 'no', remote: { code: 'E_ECHO' } })
  t.equal(await echo.slow(1), 'after 1 ms')
  const counted: number[] = []
  for await (const each of await echo.count(3)) counted.push(each)
  t.same(counted, [1, 2, 3])
  t.same(await echo.callback((turn) => turn * 2, 3), [2, 4, 6])
  await echo.note('here\u001b[2J')
  await running.says(/here\\u001b\[2J/)
  const meta = { annotations: { a: 1 }, correlationId: 'order 7' }
  t.match(await echo.context.with({ meta })(), { object: 'echo', method: 'context', kind: 'lines', ...meta })
  running.signal('SIGTERM')
  t.equal((await running.ended).status, 0)
  t.match(await said('lookup', 'echo'), /NAME_NOT_FOUND/, 'its name has ended with it')
})
