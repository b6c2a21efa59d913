import type { Json, JsonObject } from '../json.ts'
import { prefix } from './solution.ts'
import { element, textElement } from './xml.ts'

/** A value that is set in the environment, and not in the flow: an update of the flow leaves it alone. */
interface EnvironmentVariable {
  schemaName: string
  displayName: string
  description: string
  /** How the flow declares it, and how Dataverse keeps its kind and its default. */
  flowType: 'Int' | 'Bool'
  kind: number
  flowDefault: Json
  default: string
}

const number = 100000001
const yesOrNo = 100000002

export const minimumDealValue: EnvironmentVariable = {
  schemaName: `${prefix}_MinimumDealValue`,
  displayName: 'Minimum Deal Value',
  description: 'Referrals with a smaller deal value, or none, are left in Partner Center. A whole number; 0 takes every referral.',
  flowType: 'Int',
  kind: number,
  flowDefault: 0,
  default: '0'
}

export const sendLeadChanges: EnvironmentVariable = {
  schemaName: `${prefix}_SendLeadChanges`,
  displayName: 'Send Lead Changes',
  description: 'Whether changes of leads in the CRM are written to their referrals in Partner Center.',
  flowType: 'Bool',
  kind: yesOrNo,
  flowDefault: true,
  default: 'yes'
}

/** The name of the parameter by which a flow knows a variable. */
const parameterName = ({ displayName, schemaName }: EnvironmentVariable): string => `${displayName} (${schemaName})`

export function parameterOf(variable: EnvironmentVariable): string {
  return `parameters('${parameterName(variable)}')`
}

export function parametersOf(variables: readonly EnvironmentVariable[]): JsonObject {
  return Object.fromEntries(
    variables.map(variable => {
      const { flowDefault: defaultValue, flowType: type, schemaName, description } = variable
      return [parameterName(variable), { defaultValue, type, metadata: { schemaName, description } }]
    })
  )
}

/** The definitions by their paths. The values are not among them, so that the import asks for them. */
export function variableFiles(variables: readonly EnvironmentVariable[], version: string): Record<string, string> {
  return Object.fromEntries(
    variables.map(variable => [
      `environmentvariabledefinitions/${variable.schemaName}/environmentvariabledefinition.xml`,
      definitionXml(variable, version)
    ])
  )
}

function definitionXml({ schemaName, displayName, description, kind, ...variable }: EnvironmentVariable, version: string): string {
  const labelled = (name: string, text: string) =>
    element(name, { default: text }, [element('label', { description: text, languagecode: '1033' })])
  return element('environmentvariabledefinition', { schemaname: schemaName }, [
    textElement('defaultvalue', variable.default),
    labelled('description', description),
    labelled('displayname', displayName),
    textElement('introducedversion', version),
    textElement('iscustomizable', 1),
    textElement('isrequired', 0),
    textElement('secretstore', 0),
    textElement('type', kind)
  ])
}
