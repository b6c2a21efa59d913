import t from 'tap'
import { lead, sandboxDataverse } from '../fixtures/sandbox-dataverse.ts'

const attributes = `${lead}/Attributes`
const cast = (type: string, query: string): string => `${attributes}/Microsoft.Dynamics.CRM.${type}AttributeMetadata?${query}`
const refused = (message: RegExp) => ({ status: 400, body: { error: { code: '0x80060888', message } } })
const custom = '$filter=IsCustomAttribute eq true'

t.test('an organization has columns of its own, of every type, with what Dataverse puts beside them', async t => {
  const { ask } = await sandboxDataverse(t)
  const { body } = await ask(`${attributes}?$select=LogicalName,AttributeType,AttributeTypeName,AttributeOf,SourceType&${custom}`)
  const columns = new Map(body.value.map((column: { LogicalName: string }) => [column.LogicalName, column]))
  for (const [name, type, typeName = `${type}Type`] of [
    ['contoso_region', 'String'],
    ['contoso_handovernotes', 'Memo'],
    ['contoso_seats', 'Integer'],
    ['contoso_discount', 'Decimal'],
    ['contoso_annualbudget', 'Money'],
    ['contoso_isstrategic', 'Boolean'],
    ['contoso_tier', 'Picklist'],
    ['contoso_interests', 'Virtual', 'MultiSelectPicklistType'],
    ['contoso_trialends', 'DateTime'],
    ['contoso_partnermanager', 'Lookup']
  ])
    t.match(columns.get(String(name)), { AttributeType: type, AttributeTypeName: { Value: typeName }, AttributeOf: null }, String(name))
  t.match(columns.get('contoso_tiername'), { AttributeType: 'Virtual', AttributeOf: 'contoso_tier' })
  t.match(columns.get('contoso_partnermanagername'), { AttributeType: 'String', AttributeOf: 'contoso_partnermanager' })
  t.match(columns.get('contoso_annualbudget_base'), { AttributeType: 'Money', AttributeOf: null })
  t.match(columns.get('contoso_daysopen'), { SourceType: 1 })
  t.notOk(columns.has('subject'))
  t.notOk(columns.has('estimatedamount_base'))
})

t.test('only what a person may fill in can be written', async t => {
  const { ask } = await sandboxDataverse(t)
  const { body } = await ask(`${attributes}?$select=LogicalName&${custom} and IsValidForCreate eq true and IsValidForUpdate eq true`)
  const names = body.value.map(({ LogicalName }: { LogicalName: string }) => LogicalName)
  t.ok(names.includes('contoso_region'))
  for (const name of ['contoso_daysopen', 'contoso_tiername', 'contoso_annualbudget_base']) t.notOk(names.includes(name), name)
})

t.test('what only one type has is read through that type', async t => {
  const { ask } = await sandboxDataverse(t)
  const one = async (type: string, query: string, name: string) =>
    (await ask(cast(type, `${query}&$filter=LogicalName eq '${name}'`))).body.value[0]
  t.match(await one('String', '$select=MaxLength', 'contoso_region'), { MaxLength: 60 })
  t.match(await one('Integer', '$select=MinValue,MaxValue', 'contoso_seats'), { MinValue: 1, MaxValue: 100_000 })
  t.match(await one('DateTime', '$select=Format,DateTimeBehavior', 'contoso_trialends'), {
    ...{ Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } }
  })
  t.match(await one('DateTime', '$select=Format,DateTimeBehavior', 'contoso_kickoff'), {
    ...{ Format: 'DateOnly', DateTimeBehavior: { Value: 'UserLocal' } }
  })
  t.match(await one('Lookup', '$select=Targets', 'contoso_partnermanager'), { Targets: ['systemuser'] })
  t.match(await one('Boolean', '$select=LogicalName&$expand=OptionSet', 'contoso_isstrategic'), {
    OptionSet: { TrueOption: { Value: 1, Label: { UserLocalizedLabel: { Label: 'Yes' } } }, FalseOption: { Value: 0 } }
  })
  t.match(await ask(`${attributes}?$select=MaxLength`), refused(/'MaxLength' on type 'Microsoft\.Dynamics\.CRM\.AttributeMetadata'/))
  t.match(await ask(cast('Picklist', '$select=MaxLength')), refused(/'MaxLength'/))
  t.match(await ask(`${attributes}?$filter=MaxLength eq 60`), refused(/'MaxLength'/))
  t.same((await ask(cast('File', '$select=LogicalName'))).body.value, [])
})

t.test('the values of a choice come when they are asked for, shared ones in both places', async t => {
  const { ask } = await sandboxDataverse(t)
  const { body } = await ask(cast('Picklist', `$select=LogicalName&$expand=OptionSet,GlobalOptionSet&${custom}`))
  const [tier, stage] = body.value
  const gold = { Value: 100_000_000, Label: { UserLocalizedLabel: { Label: 'Gold', LanguageCode: 1033 } } }
  t.match(tier, { LogicalName: 'contoso_tier', OptionSet: { IsGlobal: true, Options: [gold] }, GlobalOptionSet: { Options: [gold] } })
  t.match(stage, { LogicalName: 'contoso_stage', OptionSet: { IsGlobal: false }, GlobalOptionSet: null })
  const without = (await ask(cast('Picklist', '$select=LogicalName'))).body.value[0]
  t.notOk('OptionSet' in without)
})

t.test('definitions are filtered as Dataverse does', async t => {
  const { ask } = await sandboxDataverse(t)
  const names = async (filter: string) =>
    (await ask(`${attributes}?$select=LogicalName&$filter=${filter}`)).body.value.map(
      ({ LogicalName }: { LogicalName: string }) => LogicalName
    )
  t.same(await names("LogicalName eq 'subject'"), ['subject'])
  t.same(await names("AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Money' and IsCustomAttribute eq false"), [
    ...['estimatedamount', 'estimatedamount_base', 'budgetamount', 'revenue']
  ])
  t.ok((await names("RequiredLevel/Value eq Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired'")).includes('lastname'))
  t.same(await names("AttributeOf ne null and AttributeOf eq 'contoso_tier'"), ['contoso_tiername'])
  for (const [filter, message] of [
    ['Nothing eq true', /'Nothing'/],
    ["DisplayName eq 'Region'", /cannot be compared/],
    ['IsCustomAttribute', /Syntax error/],
    ["startswith(LogicalName,'contoso')", /Syntax error/]
  ] as const)
    t.match(await ask(`${attributes}?$filter=${filter}`), refused(message), filter)
})

t.test('what stands beside a column keeps its id', async t => {
  const { ask } = await sandboxDataverse(t)
  const id = async () => (await ask(`${attributes}(LogicalName='contoso_tiername')?$select=LogicalName`)).body.MetadataId
  const first = await id()
  t.match(first, /^[0-9a-f-]{36}$/)
  t.equal(await id(), first)
  t.equal((await ask(`${attributes}(${first})?$select=LogicalName`)).body.LogicalName, 'contoso_tiername')
})

t.test('a new column keeps its labels, its values and the behavior of its dates', async t => {
  const { ask } = await sandboxDataverse(t)
  const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] })
  const add = (type: string, more: object) =>
    ask(attributes, { method: 'POST', body: { '@odata.type': `Microsoft.Dynamics.CRM.${type}AttributeMetadata`, ...more } })
  const options = { Options: [{ Value: 5, Label: label('Five') }, { Value: 6 }] }
  t.match(await add('MultiSelectPicklist', { SchemaName: 'new_Many', DisplayName: label('Many'), OptionSet: options }), { status: 204 })
  const dates = { Format: 'DateOnly', DateTimeBehavior: { Value: 'UserLocal' } }
  t.match(await add('DateTime', { SchemaName: 'new_day', DisplayName: label('Day'), Description: label('A day.'), ...dates }), {
    status: 204
  })
  t.match((await ask(cast('MultiSelectPicklist', "$expand=OptionSet&$filter=LogicalName eq 'new_many'"))).body.value, [
    {
      ...{ SchemaName: 'new_Many', IsCustomAttribute: true, DisplayName: { UserLocalizedLabel: { Label: 'Many' } } },
      OptionSet: { Options: [{ Value: 5, Label: { UserLocalizedLabel: { Label: 'Five' } } }, { Value: 6 }] }
    }
  ])
  t.match((await ask(cast('DateTime', "$filter=LogicalName eq 'new_day'"))).body.value, [
    { ...dates, Description: { UserLocalizedLabel: { Label: 'A day.' } } }
  ])
  t.equal((await ask('leads', { method: 'POST', body: { new_many: '5,6', new_day: '2027-03-31T00:00:00Z' } })).status, 204)
  for (const body of [{ new_many: '5,7' }, { new_many: 5 }, { new_many: '' }, { new_day: '2027-03-31' }])
    t.equal((await ask('leads', { method: 'POST', body })).status, 400, JSON.stringify(body))
})
