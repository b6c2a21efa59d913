import { declaration, element, textElement, type XmlNode } from './xml.ts'

export interface Solution {
  uniqueName: string
  displayName: string
  description: string
  /** Four numbers. */
  version: string
  rootComponents: readonly XmlNode[]
}

/** Begins the names of everything in the solutions. */
export const prefix = 'rc'

const language = '1033'
const instance = { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' }

/** The version of a package as that of a solution, which has four numbers: `0.1.0-rc.1` as `0.1.0.0`. */
export function solutionVersion(version: string): string {
  const [major = '0', minor = '0', patch = '0'] = version.replace(/[-+].*$/, '').split('.')
  return [major, minor, patch, '0'].join('.')
}

export function rootComponent(type: number, id: string, schemaName?: string): XmlNode {
  return element('RootComponent', { type: String(type), id: `{${id}}`, ...(schemaName !== undefined && { schemaName }), behavior: '0' })
}

/** `solution.xml`, of an unmanaged solution. The order of the elements is the one that Dataverse exports and its schema asks for. */
export function solutionXml({ uniqueName, displayName, description, version, rootComponents }: Solution): string {
  return element(
    'ImportExportXml',
    { version: '9.2.24000.000', SolutionPackageVersion: '9.2', languagecode: language, generatedBy: 'CrmLive', ...instance },
    [
      element('SolutionManifest', {}, [
        textElement('UniqueName', uniqueName),
        localizedNames(displayName),
        descriptions(description),
        textElement('Version', version),
        textElement('Managed', 0),
        publisher(),
        element('RootComponents', {}, rootComponents),
        element('MissingDependencies')
      ])
    ]
  )
}

/** `customizations.xml`: its parts in the order of Dataverse's schema. The two last kinds are left out where there are none, as Dataverse does. */
export function customizationsXml(parts: { workflows?: XmlNode[]; connectors?: XmlNode[]; connectionReferences?: XmlNode[] }): string {
  const { workflows = [], connectors = [], connectionReferences = [] } = parts
  const after = ['FieldSecurityProfiles', 'Templates', 'EntityMaps', 'EntityRelationships', 'OrganizationSettings', 'optionsets']
  return element('ImportExportXml', instance, [
    element('Entities'),
    element('Roles'),
    element('Workflows', {}, workflows),
    ...[...after, 'CustomControls', 'EntityDataProviders'].map(name => element(name)),
    ...(connectors.length > 0 ? [element('Connectors', {}, connectors)] : []),
    ...(connectionReferences.length > 0 ? [element('connectionreferences', {}, connectionReferences)] : []),
    element('Languages', {}, [textElement('Language', language)])
  ])
}

/** `[Content_Types].xml`: a kind for every ending. The XML of environment variables is data, unlike the two files of the solution itself. */
export function contentTypesXml(paths: readonly string[]): string {
  const data = { ContentType: 'application/octet-stream' }
  const endings = new Set(['xml', ...paths.map(path => path.slice(path.lastIndexOf('.') + 1))])
  return (
    declaration +
    element('Types', { xmlns: 'http://schemas.openxmlformats.org/package/2006/content-types' }, [
      ...[...endings].map(Extension => element('Default', { Extension, ...(Extension === 'xml' ? { ContentType: 'text/xml' } : data) })),
      ...paths
        .filter(path => path.includes('/') && path.endsWith('.xml'))
        .map(path => element('Override', { PartName: `/${path}`, ...data }))
    ])
  )
}

export function localizedNames(name: string): XmlNode {
  return element('LocalizedNames', {}, [element('LocalizedName', { description: name, languagecode: language })])
}

export function descriptions(description: string): XmlNode {
  return element('Descriptions', {}, [element('Description', { description, languagecode: language })])
}

function publisher(): XmlNode {
  return element('Publisher', {}, [
    textElement('UniqueName', 'referralconnector'),
    localizedNames('referral-connector'),
    descriptions('Keeps Partner Center referrals and the CRM in step.'),
    nil('EMailAddress'),
    nil('SupportingWebsiteUrl'),
    textElement('CustomizationPrefix', prefix),
    textElement('CustomizationOptionValuePrefix', 47310),
    element('Addresses', {}, [address(1), address(2)])
  ])
}

/** Two empty addresses belong to every publisher. */
function address(number: number): XmlNode {
  const [first, second] = [
    ['City', 'County', 'Country', 'Fax', 'FreightTermsCode', 'ImportSequenceNumber', 'Latitude', 'Line1', 'Line2', 'Line3', 'Longitude'],
    ['StateOrProvince', 'Telephone1', 'Telephone2', 'Telephone3', 'TimeZoneRuleVersionNumber', 'UPSZone', 'UTCOffset']
  ]
  return element('Address', {}, [
    textElement('AddressNumber', number),
    textElement('AddressTypeCode', 1),
    ...(first ?? []).map(nil),
    ...['Name', 'PostalCode', 'PostOfficeBox', 'PrimaryContactName'].map(nil),
    textElement('ShippingMethodCode', 1),
    ...(second ?? []).map(nil),
    nil('UTCConversionTimeZoneCode')
  ])
}

const nil = (name: string): XmlNode => element(name, { 'xsi:nil': 'true' })
