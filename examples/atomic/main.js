import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, startNode } from 'rollcall'

class Accounts {
  static commands = ['deposit', 'withdraw']
  static queries = ['balance']
  balances = { ann: 100, bob: 0 }

  deposit(who, amount) {
    return (this.balances[who] += amount)
  }

  withdraw(who, amount) {
    if (this.balances[who] < amount) throw new RangeError(`${who} has not so much`)
    return (this.balances[who] -= amount)
  }

  balance(who) {
    return this.balances[who]
  }
}

const port = Number(process.env.PORT ?? 7001)
const members = [`a@localhost:${port}`]
const data = mkdtempSync(join(tmpdir(), 'accounts-'))
const quiet = { debug() {}, info() {}, warn() {}, error: console.error, with: () => quiet }
const node = await startNode({ id: 'a', members, objects: { accounts: Accounts }, data, logger: quiet })
const rollcall = await connect({ members })
const accounts = rollcall.object('accounts')

const transfer = (amount) =>
  rollcall.atomic((calls) => [
    calls.of(accounts).deposit('bob', amount),
    calls.of(accounts).withdraw('ann', amount),
  ])
const print = async () => console.log(await accounts.balance('ann'), await accounts.balance('bob'))

await transfer(30)
await print()
await transfer(1000).catch(({ label, cause }) => console.log(`${label}: ${cause.message}`))
await print()

rollcall.close()
await node.stop()
rmSync(data, { recursive: true })
