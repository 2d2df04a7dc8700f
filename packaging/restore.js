/** What npm runs when the package is packed. */
import { restore } from './places.js'

restore()
