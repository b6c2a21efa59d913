import t from 'tap'
import { columnFrom, type Definition, isWritable } from '../../src/dataverse/column-definitions.ts'

const label = (text: string) => ({ UserLocalizedLabel: { Label: text, LanguageCode: 1033 }, LocalizedLabels: [] })

/** A column as Dataverse describes it, which can be written. */
const definition: Definition = {
  LogicalName: 'contoso_region',
  AttributeTypeName: { Value: 'StringType' },
  AttributeOf: null,
  DisplayName: label('Region'),
  Description: label('Where it is.'),
  IsValidForCreate: true,
  IsValidForUpdate: true,
  IsValidODataAttribute: true,
  SourceType: 0,
  MaxLength: 60
}

t.test('a column can be written unless something says that it cannot', async t => {
  t.ok(isWritable(definition))
  for (const still of [
    { IsValidForCreate: false },
    { IsValidForUpdate: false },
    { SourceType: null },
    { SourceType: undefined },
    { AttributeOf: undefined },
    { IsValidODataAttribute: undefined }
  ])
    t.ok(isWritable({ ...definition, ...still }), JSON.stringify(still))
  for (const never of [
    { IsValidForCreate: false, IsValidForUpdate: false },
    { SourceType: 1 },
    { SourceType: 2 },
    { SourceType: 3 },
    { AttributeOf: 'contoso_tier' },
    { IsValidODataAttribute: false },
    { LogicalName: undefined },
    { LogicalName: 'msdyn_leadgrade' },
    { LogicalName: 'msdynmkt_formid' },
    { LogicalName: 'adx_publicprofile' },
    { AttributeTypeName: undefined },
    { AttributeTypeName: null },
    ...['VirtualType', 'FileType', 'ImageType', 'LookupType', 'CustomerType', 'UniqueidentifierType', 'ManagedPropertyType'].map(Value => ({
      AttributeTypeName: { Value }
    }))
  ])
    t.notOk(isWritable({ ...definition, ...never }), JSON.stringify(never))
})

t.test("labels are those of the user's language, or else the first there is, or the name", async t => {
  const german = { LocalizedLabels: [{ Label: 'Gebiet', LanguageCode: 1031 }], UserLocalizedLabel: null }
  const title = (DisplayName: unknown): unknown => columnFrom({ ...definition, DisplayName })?.title
  t.equal(title(label('Region')), 'Region')
  t.equal(title(german), 'Gebiet')
  t.equal(title({ LocalizedLabels: [], UserLocalizedLabel: null }), 'contoso_region')
  t.equal(title(null), 'contoso_region')
  t.equal(title(label('  ')), 'contoso_region')
  t.equal(title(label('Sales\n\u001b[31m Region ')), 'Sales [31m Region', 'on one line, without control characters')
  t.equal(String(title(label('x'.repeat(200)))).length, 80)
  t.strictSame(columnFrom({ ...definition, Description: { LocalizedLabels: [], UserLocalizedLabel: null } }), {
    ...{ name: 'contoso_region', title: 'Region', type: 'text', maxLength: 60 }
  })
})

t.test('the values of a shared choice go before those of the column', async t => {
  const choice = { ...definition, AttributeTypeName: { Value: 'PicklistType' }, MaxLength: undefined }
  const set = (...texts: string[]) => ({ Options: texts.map((text, index) => ({ Value: index + 1, Label: label(text) })) })
  const labels = (more: object): unknown => columnFrom({ ...choice, ...more })?.options?.map(({ label }) => label)
  t.strictSame(labels({ OptionSet: set('own'), GlobalOptionSet: null }), ['own'])
  t.strictSame(labels({ OptionSet: set(), GlobalOptionSet: set('shared', 'too') }), ['shared', 'too'])
  t.strictSame(labels({ OptionSet: { Options: [{ Value: 3, Label: null }, { Label: label('no value') }, null] } }), ['3'])
  t.strictSame(labels({}), [], 'its own metadata did not come')
})

t.test('a date is a day by its behavior, whatever it shows', async t => {
  const date = { ...definition, AttributeTypeName: { Value: 'DateTimeType' } }
  for (const [behavior, type] of [
    ['DateOnly', 'date'],
    ['UserLocal', 'dateTime'],
    ['TimeZoneIndependent', 'dateTime']
  ])
    t.equal(columnFrom({ ...date, DateTimeBehavior: { Value: behavior } })?.type, type)
  t.equal(columnFrom(date)?.type, 'dateTime')
})
