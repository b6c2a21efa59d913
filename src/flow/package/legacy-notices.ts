import { type Json, objectAt, property, textAt } from '../json.ts'
import type { Flow } from '../read-package.ts'

/**
 * What would trouble the import of a legacy package. Its parts point at each other by ids: the manifest names a resource for the flow and one
 * for each connector and connection, and two small files give the ids of the latter for the keys that the flow uses.
 */
export function legacyNotices(flows: readonly Flow[], json: (name: string) => Json | undefined): string[] {
  const manifest = json('manifest.json')
  if (manifest === undefined) return ['The package has no manifest.json: it cannot be imported.']
  const resources = objectAt(manifest, 'resources')
  const assets = json('Microsoft.Flow/flows/manifest.json')
  const paths = property(property(assets, 'flowAssets'), 'assetPaths')
  return [
    ...(assets === undefined ? ['The package has no Microsoft.Flow/flows/manifest.json: it cannot be imported.'] : []),
    ...flows.flatMap(({ name, connectionReferences }) => {
      const folder = `Microsoft.Flow/flows/${name}`
      return [
        ...(Array.isArray(paths) && !paths.includes(name) ? [`The flows' manifest does not list the folder ${name}.`] : []),
        ...(textAt(resources[name], 'type') === 'Microsoft.Flow/flows' ? [] : [`manifest.json has no flow with the id ${name}.`]),
        ...['apisMap.json', 'connectionsMap.json'].flatMap(file => {
          const map = json(`${folder}/${file}`)
          if (map === undefined) return [`The package has no ${folder}/${file}.`]
          return Object.keys(connectionReferences).flatMap(key => {
            const id = textAt(map, key)
            if (id === undefined) return [`${file} has no entry for the connection reference «${key}».`]
            return Object.hasOwn(resources, id) ? [] : [`${file} gives «${key}» an id that manifest.json does not have.`]
          })
        })
      ]
    })
  ]
}
