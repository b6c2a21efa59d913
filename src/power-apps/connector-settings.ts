import { asciiJson } from './ascii-json.ts'
import { readObject, unusable } from './read-file.ts'

/** Where a connector is and what it is made of, by the names of paconn's settings.json. */
export interface ConnectorSettings {
  connectorId?: string | undefined
  environment?: string | undefined
  /** Paths, relative to the present folder and not to settings.json. */
  apiProperties?: string | undefined
  apiDefinition?: string | undefined
  icon?: string | undefined
  script?: string | undefined
  powerAppsUrl: string
  powerAppsApiVersion: string
  flowUrl: string
  flowApiVersion: string
  /** The application that a person signs in to; the default is that of Azure CLI, which every tenant knows. */
  clientId: string
  tenant: string
  authorityUrl: string
  resource: string
}

/** What holds where nothing is given. Source: paconn 0.0.21, settings.py */
const defaults = {
  powerAppsUrl: 'https://api.powerapps.com',
  powerAppsApiVersion: '2016-11-01',
  flowUrl: 'https://api.flow.microsoft.com',
  flowApiVersion: '2016-11-01',
  clientId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
  tenant: 'common',
  authorityUrl: 'https://login.microsoftonline.com/',
  resource: 'https://service.powerapps.com/'
} as const

const files = ['apiProperties', 'apiDefinition', 'icon'] as const
const written = ['connectorId', 'environment', ...files, 'powerAppsUrl', 'powerAppsApiVersion'] as const
/** paconn reads these but does not write them, so that a file made for another cloud would lose its addresses. They are kept where they differ. */
const kept = ['flowUrl', 'flowApiVersion', 'clientId', 'tenant', 'authorityUrl', 'resource'] as const
const names = [...written, 'script', ...kept] as const

type Given = Partial<Record<(typeof names)[number], string | undefined>>

/** The settings of a command line; what is empty counts as not given. */
export function settingsFrom(given: Given): ConnectorSettings {
  const present = Object.fromEntries(names.flatMap(name => (given[name] ? [[name, given[name]]] : [])))
  return { ...defaults, ...present }
}

/** @throws POWER_APPS_FILE_UNUSABLE when it is no file of settings */
export function readSettings(path: string): ConnectorSettings {
  const object = readObject(path, 'The settings file')
  const given: Given = {}
  for (const name of names) {
    const value = object[name]
    // paconn writes null for what it does not know.
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw unusable(`The settings file «${path}» has something other than text under ${name}.`)
    given[name] = value
  }
  return settingsFrom(given)
}

/** settings.json, as paconn writes it. */
export function settingsText(settings: ConnectorSettings): string {
  return asciiJson({
    ...Object.fromEntries(written.map(name => [name, settings[name] ?? null])),
    ...(settings.script && { script: settings.script }),
    ...Object.fromEntries(kept.flatMap(name => (settings[name] === defaults[name] ? [] : [[name, settings[name]]])))
  })
}
