import { connect, exposed, startDaemon } from 'rollcall'

const till = exposed(
  {
    take(amount) {
      if (amount > 100) throw Object.assign(new RangeError('not so much'), { code: 'E_MUCH' })
      return amount
    },
    wait: () => new Promise(() => {}),
  },
  ['take', 'wait'],
)
const daemon = await startDaemon()
const rollcall = await connect()
const proxy = rollcall.object(daemon.register(till))

try {
  await proxy.take(1000)
} catch ({ remote, outcome }) {
  console.log(`${remote.name}: ${remote.message} (code ${remote.code}, ${outcome})`)
}

try {
  await proxy.tak(5)
} catch ({ label, message, outcome }) {
  console.log(`${label}: did you mean take? ${message.includes('did you mean "take"')} (${outcome})`)
}

try {
  const giveUp = AbortSignal.timeout(100)
  await proxy.wait({ signal: giveUp })
} catch ({ label, outcome }) {
  console.log(`${label} (${outcome})`)
}

rollcall.close()
await daemon.close()
