/** The name server as clients without leases and fences see it. */
import type { Json } from '../../lib/json.js'
import type { MethodCall } from '../../testing/checker/history.js'
import type { Model } from '../../testing/checker/model.js'

export const namesModel: Model<Json, MethodCall, Json> = {
  initial: () => null,
  step: (uri, { method, params: [, given = null] }) => {
    switch (method) {
      case 'register':
        return { state: given, result: null }
      case 'remove':
        return { state: null, result: uri !== null }
      default:
        return { state: uri, result: uri }
    }
  },
  partition: ({ params: [name] }) => JSON.stringify(name),
}
