import { connect, exposed, startDaemon } from 'rollcall'

const oven = exposed(
  {
    async bake(onProgress) {
      for (const percent of [50, 100]) await onProgress(percent)
      return 'done'
    },
  },
  ['bake'],
)
const daemon = await startDaemon()
const rollcall = await connect()

console.log(await rollcall.object(daemon.register(oven)).bake((percent) => console.log(`${percent} %`)))

rollcall.close()
await daemon.close()
