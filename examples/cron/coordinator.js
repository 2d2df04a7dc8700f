/** Of all instances of a program that node-cron asks, the one that runs this time. The cluster says which. */
export function coordinatorOf(rollcall) {
  return {
    async shouldRun(key) {
      let isMine = false
      // At most once: when the one that was chosen dies, nobody runs this time again.
      const choice = rollcall.once(`cron/${key}`, { atMostOnce: true, keepMs: 3_600_000 })
      await choice.run(() => {
        isMine = true
      })
      return isMine
    },
  }
}
