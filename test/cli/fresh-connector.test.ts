import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import { freshConnector } from '../../src/cli/fresh-connector.ts'

const root = new URL('../../', import.meta.url)

t.test('only what the routes make today is packaged', async t => {
  const folder = t.testdir()
  const url = pathToFileURL(`${folder}/`)
  t.equal(await freshConnector(url), 'apiDefinition.swagger.json is missing. Run «npm run connector».')

  mkdirSync(join(folder, 'connector'))
  for (const path of ['apiDefinition.swagger.json', 'apiProperties.json', 'connector/icon.png'])
    cpSync(fileURLToPath(new URL(path, root)), join(folder, path))
  t.match(await freshConnector(url), { definition: { swagger: '2.0' }, properties: { properties: {} } })

  writeFileSync(join(folder, 'apiProperties.json'), '{"properties":{}}')
  t.equal(await freshConnector(url), 'apiProperties.json is not what the routes make today. Run «npm run connector».')

  cpSync(fileURLToPath(new URL('apiProperties.json', root)), join(folder, 'apiProperties.json'))
  rmSync(join(folder, 'connector/icon.png'))
  t.equal(await freshConnector(url), 'connector/icon.png is missing. Run «npm run connector».')
})
