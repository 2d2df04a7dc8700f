/** A call as it waits for the link over which it goes. */
import type { Parcel } from '../handing/parcel.js'
import type { OutgoingCall } from './outgoing.js'

export interface LinkCall extends OutgoingCall {
  /** In place of `rest`, where it hands something over: it is written when it is known over which link it goes. */
  readonly late?: ((parcel: Parcel) => string) | undefined
}
