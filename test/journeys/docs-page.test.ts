import { type Browser, chromium, type Page } from 'playwright-core'
import t from 'tap'
import { app, goodKey } from '../fixtures/app.ts'
import { chromiumPath } from '../fixtures/chromium.ts'
import type { Scope } from '../fixtures/local-server.ts'

const executablePath = chromiumPath()
const skip = executablePath === undefined && 'there is no Chromium on this machine; CHROMIUM_PATH says where one is'
/** A name, for the page behaves in another way on this very machine: there it shows no badge of a validator elsewhere. */
const host = 'referrals.example'

/** The page in a real browser, and whatever it complained of or asked for. */
async function openedPage(t: Scope, path: string) {
  const service = await app(t)
  const { port } = new URL(await service.listen({ host: '127.0.0.1', port: 0 }))
  const origin = `http://${host}:${port}`
  const browser = await launched(origin)
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  page.on('console', message => void (/warning|error/.test(message.type()) && complaints.push(message.text())))
  page.on('pageerror', error => void complaints.push(String(error)))
  page.on('request', request => void asked.push(request.url()))
  page.on('requestfailed', request => void complaints.push(`${request.url()} ${request.failure()?.errorText}`))
  await listensForViolations(page, complaints)
  const response = await page.goto(`${origin}${path}`)
  await page.locator('.opblock').first().waitFor()
  return { service, page, origin, response, complaints, asked }
}

/** The name leads to this machine, and is trusted as one with TLS would be: else the browser complains of headers that need TLS. */
const launched = (origin: string): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath ?? '',
    args: [`--host-resolver-rules=MAP ${host} 127.0.0.1`, `--unsafely-treat-insecure-origin-as-secure=${origin}`],
    // Its own sandbox needs what containers lack; it opens nothing but our page.
    chromiumSandbox: false
  })

async function listensForViolations(page: Page, complaints: string[]): Promise<void> {
  await page.exposeFunction('tellOfViolation', (what: string) => void complaints.push(what))
  await page.addInitScript(`addEventListener('securitypolicyviolation', event =>
    window.tellOfViolation(event.violatedDirective + ' ' + event.blockedURI))`)
}

for (const path of ['/docs', '/docs/'])
  t.test(`the page at ${path} shows every operation, under a policy that it never offends`, { skip }, async t => {
    const { service, page, origin, response, complaints, asked } = await openedPage(t, path)
    const { paths } = service.swagger() as object as { paths: Record<string, object> }
    const operations = Object.values(paths).flatMap(item => Object.keys(item))
    t.ok(operations.length > 10)
    t.equal(await page.locator('.opblock').count(), operations.length)
    t.notMatch((await response?.allHeaders())?.['content-security-policy'], /unsafe|\*/)
    const tags = await page.locator('.opblock-tag-section').count()
    await page.evaluate(`document.querySelectorAll('.opblock-tag-section').forEach(section =>
      section.querySelector('.opblock-summary-control').click())`)
    const opened = page.locator('.opblock-body')
    await opened.nth(tags - 1).waitFor()
    t.equal(await opened.count(), tags, 'one of each kind was opened')
    t.same(complaints, [])
    t.same(
      asked.filter(url => new URL(url).origin !== origin && !url.startsWith('data:')),
      [],
      'nothing is asked of anybody else'
    )
  })

t.test('an operation can be tried out on the page, with a key', { skip }, async t => {
  const { page, complaints } = await openedPage(t, '/docs')
  await page.locator('button.authorize').first().click()
  await page.locator('.auth-container input').first().fill(goodKey)
  await page.locator('.auth-btn-wrapper button[type=submit]').first().click()
  await page.locator('.auth-btn-wrapper .btn-done').first().click()
  const operation = page.locator('.opblock', { hasText: '/v1/connection' })
  await operation.locator('.opblock-summary-control').click()
  await operation.locator('.try-out__btn').click()
  const answer = page.waitForResponse(/\/v1\/connection$/)
  await operation.locator('button.execute').click()
  t.match(await (await answer).json(), { ok: true, caller: 'flow' })
  await operation.locator('.live-responses-table .response').first().waitFor()
  t.same(complaints, [])
})

t.test('a script within the page would not run: the browser is told so by the policy', { skip }, async t => {
  const { page, complaints } = await openedPage(t, '/docs')
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))`)
  await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = true"><p style="color: red"></p>')`)
  t.equal(await page.evaluate('window.ran'), undefined)
  t.match(complaints.join('\n'), /script-src-elem inline/)
  t.match(complaints.join('\n'), /style-src-attr inline/)
})
