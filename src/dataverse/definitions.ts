/** The text column of the referral's id: learn.microsoft.com, «Create and update column definitions using the Web API». A schema name in lower case is the logical name as well. */
export function columnDefinition(referralColumn: string, languageCode: number): object {
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    AttributeType: 'String',
    AttributeTypeName: { Value: 'StringType' },
    SchemaName: referralColumn,
    DisplayName: label('Partner Center Referral ID', languageCode),
    Description: label('The id of the Partner Center referral that this lead belongs to.', languageCode),
    RequiredLevel: { Value: 'None', CanBeChanged: true },
    FormatName: { Value: 'Text' },
    MaxLength: 100
  }
}

/** learn.microsoft.com, «EntityKeyMetadata EntityType». */
export function keyDefinition(referralColumn: string, languageCode: number): object {
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.EntityKeyMetadata',
    SchemaName: `${referralColumn}_key`,
    DisplayName: label('Partner Center Referral', languageCode),
    KeyAttributes: [referralColumn]
  }
}

const label = (text: string, languageCode: number): object => ({
  '@odata.type': 'Microsoft.Dynamics.CRM.Label',
  LocalizedLabels: [{ '@odata.type': 'Microsoft.Dynamics.CRM.LocalizedLabel', Label: text, LanguageCode: languageCode }]
})
