import { asText } from '../as-text.ts'
import { documentOf } from '../document.ts'
import { isObject, isText, itemsAt, type JsonObject, objectAt, under } from '../json.ts'
import { operationsOf } from '../operations.ts'
import { connectionParametersOf, type PropertiesRule } from './properties-rule.ts'
import { isTrigger, isWebhook } from './trigger-rules.ts'

const keys = [
  ...['connectionParameters', 'connectionParameterSets', 'iconBrandColor', 'capabilities', 'publisher', 'stackOwner'],
  ...['policyTemplateInstances', 'scriptOperations']
]
/** The templates of Microsoft's schema, and those that published connectors have beside them. */
const templates = [
  ...['convertarraytoobject', 'convertobjecttoarray', 'dynamichosturl', 'encodepropertyvalue', 'pollingtrigger', 'routerequesttoendpoint'],
  ...['setheader', 'setproperty', 'setqueryparameter', 'setvaluefromurl', 'stringreplace', 'stringtoarray', 'updatenextlink'],
  'setconnectionstatustounauthenticated'
]

/** What holds for `apiProperties.json` as a whole, and for the policies in it. */
export const policyRules: readonly PropertiesRule[] = [
  {
    name: 'PropertyNotKnown',
    level: 'error',
    advice: `properties has ${keys.join(', ')} and nothing else: the service refuses members that it does not know.`,
    find: properties => Object.keys(properties).flatMap(key => (keys.includes(key) ? [] : [under('#/properties', key)]))
  },
  {
    name: 'IconBrandColorNotValid',
    level: 'error',
    advice: 'iconBrandColor is a colour such as #0b6a5b.',
    find: ({ iconBrandColor }) => (/^#[0-9a-f]{6}$/i.test(asText(iconBrandColor)) ? [] : ['#/properties/iconBrandColor'])
  },
  {
    name: 'IconBrandColorReserved',
    level: 'warning',
    advice: 'For certification iconBrandColor is neither white nor the default blue #007ee5, but the background of the icon.',
    find: ({ iconBrandColor }) => (/^#(ffffff|007ee5)$/i.test(asText(iconBrandColor)) ? ['#/properties/iconBrandColor'] : [])
  },
  {
    name: 'PublisherMissing',
    level: 'warning',
    advice: 'Certification asks for publisher and stackOwner. Leave stackOwner out of what is uploaded: the service refuses it there.',
    find: properties => ['publisher', 'stackOwner'].filter(key => !isText(properties[key], 1, 200)).map(key => under('#/properties', key))
  },
  {
    name: 'CapabilitiesNotValid',
    level: 'warning',
    advice: 'capabilities is a list of names such as actions and triggers, or empty.',
    find: ({ capabilities }) =>
      capabilities === undefined || (Array.isArray(capabilities) && capabilities.every(one => typeof one === 'string'))
        ? []
        : ['#/properties/capabilities']
  },
  {
    name: 'CapabilityMissing',
    level: 'warning',
    advice: 'capabilities that names actions names triggers as well where the definition has some.',
    find: ({ capabilities }, definition = {}) => {
      const hasTrigger = operationsOf(definition).some(({ operation }) => isTrigger(operation))
      const isShort = Array.isArray(capabilities) && capabilities.length > 0 && !capabilities.includes('triggers')
      return hasTrigger && isShort ? ['#/properties/capabilities'] : []
    }
  },
  {
    name: 'PolicyNotValid',
    level: 'error',
    advice: 'policyTemplateInstances is a list of {"templateId", "title", "parameters"}.',
    find: ({ policyTemplateInstances }) => {
      const isPolicy = (policy: unknown) =>
        isObject(policy) && isText(policy.templateId, 1, 200) && (policy.parameters === undefined || isObject(policy.parameters))
      return policyTemplateInstances === undefined || (Array.isArray(policyTemplateInstances) && policyTemplateInstances.every(isPolicy))
        ? []
        : ['#/properties/policyTemplateInstances']
    }
  },
  {
    name: 'PolicyTemplateNotKnown',
    level: 'warning',
    advice: `The templates that are known are ${templates.join(', ')}.`,
    find: policies(({ templateId }) => !templates.includes(asText(templateId).toLowerCase()))
  },
  {
    name: 'PolicyParameterNotKnown',
    level: 'warning',
    advice:
      'The parameters of a policy are x-ms-apimTemplateParameter.…, the list x-ms-apimTemplate-operationName and x-ms-apimTemplate-policySection: Request, Response or Failure.',
    find: policies(policy =>
      Object.entries(objectAt(policy, 'parameters')).some(([key, value]) => {
        if (key === 'x-ms-apimTemplate-operationName') return !Array.isArray(value)
        if (key === 'x-ms-apimTemplate-policySection') return !['request', 'response', 'failure'].includes(asText(value).toLowerCase())
        return !/^x-ms-apimTemplateParameter\.[\w.-]+$/.test(key)
      })
    )
  },
  {
    name: 'PolicyOperationNotFound',
    level: 'warning',
    advice: 'A policy names operations of the definition: for any other name it does nothing.',
    find: (properties, definition) =>
      policies(policy => {
        const names = itemsAt(objectAt(policy, 'parameters'), 'x-ms-apimTemplate-operationName')
        return definition !== undefined && names.some(name => !idsOf(definition).includes(name))
      })(properties, definition)
  },
  {
    name: 'ConnectionParameterNotDeclared',
    level: 'warning',
    advice: "An expression @connectionParameters('name') names a parameter of the connection.",
    find: properties => {
      const names = connectionParametersOf(properties).map(({ name }) => name)
      return policies(policy => {
        const used = [...JSON.stringify(policy.parameters ?? {}).matchAll(/connectionParameters\('([^']*)'/g)].map(match => match[1] ?? '')
        return used.some(name => !names.includes(name))
      })(properties, undefined)
    }
  },
  {
    name: 'BasePathBesideDynamicHost',
    level: 'warning',
    advice: 'With dynamichosturl let basePath be /, and the paths be whole: whether the rest of it is kept is not written anywhere.',
    find: (properties, definition = {}) =>
      definition.basePath === undefined || definition.basePath === '/'
        ? []
        : policies(policy => isTemplate(policy, 'dynamichosturl'))(properties, definition)
  },
  {
    name: 'PollingTriggerPolicyMissing',
    level: 'warning',
    advice: 'A polling trigger needs the policy pollingtrigger, which remembers where the next call goes on.',
    find: (properties, definition) => {
      if (definition === undefined) return []
      const document = documentOf(definition)
      const polling = document.operations.filter(found => isTrigger(found.operation) && !isWebhook(document, found))
      const covers = (id: unknown) =>
        itemsAt(properties, 'policyTemplateInstances').some(policy => {
          const names = objectAt(policy, 'parameters')['x-ms-apimTemplate-operationName']
          return isObject(policy) && isTemplate(policy, 'pollingtrigger') && (!Array.isArray(names) || names.some(name => name === id))
        })
      return polling.every(({ operation }) => covers(operation.operationId)) ? [] : ['#/properties/policyTemplateInstances']
    }
  },
  {
    name: 'SecretInPolicy',
    level: 'warning',
    advice: "A header that lets a caller in has its value from the connection: @connectionParameters('api_key').",
    find: policies(policy => {
      const parameters = objectAt(policy, 'parameters')
      const [name, value] = ['name', 'value'].map(key => asText(parameters[`x-ms-apimTemplateParameter.${key}`] ?? ''))
      return (
        isTemplate(policy, 'setheader') && /authorization|api-?key|secret|token/i.test(name ?? '') && value !== '' && !value?.includes('@')
      )
    })
  },
  {
    name: 'ScriptOperationsNotValid',
    level: 'error',
    advice: 'scriptOperations is a list of operation ids, or null.',
    find: ({ scriptOperations }) =>
      scriptOperations === undefined ||
      scriptOperations === null ||
      (Array.isArray(scriptOperations) && scriptOperations.every(one => typeof one === 'string'))
        ? []
        : ['#/properties/scriptOperations']
  },
  {
    name: 'ScriptOperationNotFound',
    level: 'warning',
    advice: 'scriptOperations names operations of the definition.',
    find: (properties, definition) =>
      definition === undefined || itemsAt(properties, 'scriptOperations').every(name => idsOf(definition).includes(name))
        ? []
        : ['#/properties/scriptOperations']
  }
]

/** A rule over each policy. */
function policies(breaks: (policy: JsonObject) => boolean): PropertiesRule['find'] {
  return properties =>
    itemsAt(properties, 'policyTemplateInstances').flatMap((policy, index) =>
      isObject(policy) && breaks(policy) ? [under('#/properties/policyTemplateInstances', index)] : []
    )
}

function isTemplate({ templateId }: JsonObject, id: string): boolean {
  return asText(templateId).toLowerCase() === id
}

function idsOf(definition: JsonObject): unknown[] {
  return operationsOf(definition).map(({ operation }) => operation.operationId)
}
