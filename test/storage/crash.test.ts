import t from 'tap'
import { crashAgainAndAgain, rule } from './crash-lives.js'

void t.test(rule, (t) => t.resolves(crashAgainAndAgain(300)))
