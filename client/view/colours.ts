/** Colours of the terminal, the sixteen that each has. */
import { Chalk, type ChalkInstance } from 'chalk'

export const colours = (wanted: boolean): ChalkInstance => new Chalk({ level: wanted ? 1 : 0 })

/** To tell processes apart; red, yellow and green have meanings of their own. */
export const PALETTE = [
  'white',
  'cyan',
  'magenta',
  'blue',
  'cyanBright',
  'magentaBright',
  'blueBright',
] as const
