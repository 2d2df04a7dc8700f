/** The page of the social network, in a real browser, by itself: it enters, follows, reads and posts. */
import t from 'tap'
import { temporaryFolder } from '../harness/processes.js'
import { Reader, Scene } from '../social/scene.js'
import { hasChromium, openPage } from './page.js'
import { done, project } from './stranger.js'

t.setTimeout(300_000)

/** A folder with the file for pages in it, as the package has it. */
async function bundled(t: { teardown(task: () => unknown): void }): Promise<string> {
  const folder = temporaryFolder(t)
  const bundle = `import { browserBundle } from './packaging/bundles.js'; await browserBundle(process.argv[1] + '/dist')`
  await done(process.execPath, ['--input-type=module', '--eval', bundle, folder], project)
  return folder
}

t.test(
  'a page follows, shows what comes while a main server dies, posts, and says what is wrong',
  { skip: !hasChromium && 'there is no /usr/bin/chromium: apt-get install chromium' },
  async (t) => {
    process.env['ROLLCALL'] = await bundled(t)
    const scene = await Scene.start(t, ['north', 'south'])
    const { network } = scene
    const bob = await scene.userOf('south')
    const page = await openPage(t, `${network.pages.get('north')}/`)
    const shows = (id: string, text: string): Promise<string> =>
      page(`new Promise((resolve) => {
        const look = () => {
          const shown = document.getElementById('${id}')?.textContent ?? ''
          if (shown.includes('${text}')) resolve(shown)
        }
        setInterval(look, 20)
      })`)
    const enter = (id: string, text: string): Promise<string> =>
      page(`(() => {
        const form = document.getElementById('${id}')
        form.elements.text.value = '${text}'
        form.requestSubmit()
        return 'done'
      })()`)
    // Its script has run by then: before, a form would leave the page.
    await page(`document.readyState === 'complete' && document.getElementById('timeline') ? 'there' : null`)
    await enter('follow', bob.name)
    await shows('said', 'enter with your name first')
    await enter('enter', 'two words')
    await shows('said', 'is not a name')
    await enter('enter', 'анна')
    const [, home = ''] = /at home in (\w+)/.exec(await shows('said', 'анна is at home in')) ?? []
    await enter('follow', 'nobody')
    await shows('said', 'there is no user nobody')
    await enter('follow', bob.name)
    await shows('follows', bob.name)
    await bob.post('one')
    await shows('timeline', `${bob.name}: one`)
    const mainServer = await scene.leaderOf(home)
    await network.kill(mainServer)
    await bob.post('two')
    await shows('timeline', `${bob.name}: two`)
    await bob.follow('анна')
    await enter('post', '<b>hello</b>')
    const reader = new Reader(t, bob)
    await reader.has(1)
    t.equal(reader.posts[0]?.text, '<b>hello</b>')
    await enter('unfollow', bob.name)
    await shows('follows', 'nobody')
  },
)
