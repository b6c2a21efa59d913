import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { downloadCommand } from '../../src/cli/commands/connector-download.ts'
import { createCommand, updateCommand } from '../../src/cli/commands/connector-publish.ts'
import { linePrompt } from '../../src/cli/prompt.ts'
import { answering, runCommand, stage } from '../power-apps/stage.ts'

t.test('without somebody to ask, what is missing is said, and nothing is sent', async t => {
  const { log, settings, write, connector, signIn } = await stage(t)
  await signIn()
  write('less.json', { ...settings, environment: null })
  t.match(await connector('create', '-s', 'less.json'), { code: 2, note: /give --env ID \(«environment» in the settings file\)\./ })
  t.match(await connector('update', '-s', 'less.json'), {
    code: 2,
    note: /give --env ID .* and --cid ID \(«connectorId» in the settings file\)\./
  })
  t.match(await connector('download', '--env', 'abc'), { code: 2, note: /give --cid ID/ })
  t.match(await connector('download', '--env', "a' or 1", '--cid', 'shared_x'), { code: 2, note: /is not the id of an environment/ })
  t.match(await connector('download', '--env', 'abc', '--cid', '../x'), { code: 2, note: /is not the id of a connector/ })
  t.equal(log.count(), 0)
})

t.test('somebody who can be asked chooses the environment and the connector', async t => {
  const { powerApps, settings, write, json, env, signIn } = await stage(t)
  await signIn()
  write('less.json', { ...settings, environment: null })
  const creating = answering('', 'nonsense', '9', '2')
  const created = await runCommand(createCommand({ prompt: () => creating }), ['-s', 'less.json'], env)
  t.equal(created.code, 0)
  t.match(
    created.out,
    /^Please select an environment:\n \[1\] Contoso \(default\) .*\n \[2\] Referrals {2}\(.*\)\nEnvironment selected: Referrals$/m
  )
  t.equal(creating.asked.length, 4)
  t.equal(json('settings.json').environment, powerApps.environments[1]?.name)
  t.match(
    powerApps.received().find(({ url }) => url.includes('ProcessSimple')),
    {
      url: '/providers/Microsoft.ProcessSimple/environments?api-version=2016-11-01',
      headers: { authorization: 'Bearer ***', 'x-ms-origin': undefined }
    }
  )

  write('less.json', settings)
  const updating = answering('1')
  const updated = await runCommand(updateCommand({ prompt: () => updating }), ['-s', 'less.json'], env)
  t.equal(updated.code, 0)
  t.match(updated.out, /^Please select a connector:\n \[1\] .* - Alex Maker {2}\(shared_[^\n]*\)\nConnector selected: .* - Alex Maker$/m)
  t.notMatch(updated.out, /Office 365/, 'only custom connectors can be chosen')

  const asJson = await runCommand(updateCommand({ prompt: () => answering('1') }), ['-s', 'less.json', '--json'], env)
  t.match(asJson.note, /Please select a connector:/)
  t.match(JSON.parse(asJson.out), { connectorId: /^shared_/ }, 'stdout is for JSON alone')

  const ended = runCommand(downloadCommand({ prompt: () => answering() }), ['-s', 'less.json'], env)
  await t.rejects(ended, { message: /The connector is missing: give --cid ID/ })
  write('less.json', { ...settings, environment: powerApps.environments[0]?.name })
  await t.rejects(runCommand(updateCommand({ prompt: () => answering('1') }), ['-s', 'less.json'], env), {
    message: 'There is no custom connector in this environment.'
  })
})

t.test('questions are answered line by line, also ahead of time, until the input ends', async t => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const prompt = linePrompt(input, output)
  t.notOk(prompt.isPossible(), 'this is no terminal')
  const first = prompt.ask('One\u001b[2J? ')
  input.write('  a')
  input.write('b \r\nahead\nand ')
  t.equal(await first, 'ab')
  t.equal(await prompt.ask('Two? '), 'ahead')
  const last = prompt.ask('Three? ')
  input.end('more')
  t.equal(await last, 'and more')
  t.equal(await prompt.ask('Four? '), undefined)
  t.equal(output.read().toString(), 'One\\u001b[2J? Two? Three? Four? ')
})

t.test('files are written over only when that is allowed', async t => {
  const { powerApps, log, settings, write, connector, env, signIn } = await stage(t)
  await signIn()
  writeFileSync('settings.json', 'mine')
  t.match(await connector('create', '-s', 'sandbox.json'), { code: 2, note: /There is already settings\.json: give --overwrite-settings/ })
  t.equal(log.count(), 0, 'it is asked before the connector is created')
  const kept = await runCommand(createCommand({ prompt: () => answering('what', 'n') }), ['-s', 'sandbox.json'], env)
  t.match(kept, { code: 0, note: /created successfully\.\nsettings\.json was left as it is: put the new id into it/ })
  t.equal(readFileSync('settings.json', 'utf8'), 'mine')
  t.match(await runCommand(createCommand({ prompt: () => answering('yes') }), ['-s', 'sandbox.json'], env), { code: 0 })
  t.match(JSON.parse(readFileSync('settings.json', 'utf8')), { connectorId: powerApps.connectors()[1]?.name })
  log.clear()

  write('known.json', { ...settings, connectorId: powerApps.connectors()[0]?.name })
  write('there/icon.png', 'mine')
  t.match(await connector('download', '-s', 'known.json', '-d', 'there'), {
    code: 2,
    note: /There is already there\/icon\.png: give --overwrite /
  })
  t.equal(log.count(), 0)
  const download = downloadCommand({ prompt: () => answering('n') })
  await t.rejects(runCommand(download, ['-s', 'known.json', '-d', 'there'], env), { message: /there\/icon\.png stay as they are/ })
  t.equal(readFileSync('there/icon.png', 'utf8'), 'mine')
  t.match(await runCommand(downloadCommand({ prompt: () => answering('y') }), ['-s', 'known.json', '-d', 'there'], env), { code: 0 })
  t.not(readFileSync('there/icon.png', 'utf8'), 'mine')
  t.ok(existsSync('there/settings.json'))
})

t.test('the stand-in for Power Apps says how to use it, and ends with a signal', async t => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, 'sandbox', 'power-apps'], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const said = text(child.stderr)
  let printed = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    printed += chunk
    if (printed.trimEnd().endsWith('}')) break
  }
  const settings = JSON.parse(printed)
  t.match(settings, {
    environment: /^[0-9a-f-]{36}$/,
    apiDefinition: 'apiDefinition.swagger.json',
    powerAppsUrl: /^http:\/\/127\.0\.0\.1:\d+$/
  })
  t.equal((await fetch(`${settings.powerAppsUrl}/devicelogin`)).status, 200)
  child.kill('SIGINT')
  t.same(await once(child, 'close'), [0, null])
  t.match(await said, /connector login --settings sandbox\.json/)
})
