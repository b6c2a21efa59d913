import { randomUUID } from 'node:crypto'
import type { Segment } from './address.ts'
import { columnJson, hiddenProperties, label, twinsOf } from './column-json.ts'
import { addColumn, addKey } from './columns.ts'
import { DataverseError, refusals } from './error.ts'
import { definitionFilter } from './metadata-filter.ts'
import type { Rows } from './rows.ts'
import type { AlternateKey, Table } from './tables.ts'

type Json = Record<string, unknown>

export interface Metadata {
  /** Answers a request below `EntityDefinitions`: JSON, or the address of what was created. @throws DataverseError */
  answer(request: {
    method: string
    segments: Segment[]
    query: Record<string, string>
    body: unknown
  }): { json: object } | { created: string }
  /** Starts building a key's index once more (the action ReactivateEntityKey). */
  reactivate(table: string, key: string): void
  /** Lets the next index that is built end as Failed. */
  failNextIndex(): void
}

/**
 * The definitions of tables, columns and keys, as far as a setup reads and writes them. A key's index is built by a job whose end one has to
 * wait for; here the job goes a step further each time that the keys are read: Pending, InProgress, and after `indexReads` reads Active, or
 * Failed when rows contradict it.
 */
export function metadata(options: { tables: Table[]; rowsOf: (table: Table) => Rows; indexReads: number }): Metadata {
  const { tables, rowsOf, indexReads } = options
  let isNextToFail = false
  /** How often each key was read while its index was being built. */
  const reads = new Map<AlternateKey, number>()
  const twinIds = new Map<string, string>()

  function build(key: AlternateKey, table: Table): void {
    if (key.indexStatus === 'Active' || key.indexStatus === 'Failed') return
    const past = reads.get(key) ?? 0
    reads.set(key, past + 1)
    if (past < indexReads) key.indexStatus = past === 0 ? 'Pending' : 'InProgress'
    else {
      key.indexStatus = isNextToFail || !rowsOf(table).isUnique(key) ? 'Failed' : 'Active'
      isNextToFail = false
    }
  }

  function readKeys(table: Table): Json[] {
    for (const key of table.keys) build(key, table)
    return table.keys.map(key => keyJson(key, table))
  }

  /** The columns, each followed by what Dataverse puts beside it. */
  function attributesOf(table: Table): Json[] {
    const idOf = (name: string): string => {
      const key = `${table.logicalName} ${name}`
      const id = twinIds.get(key) ?? randomUUID()
      twinIds.set(key, id)
      return id
    }
    return [...table.columns].flatMap(([name, column]) => [
      columnJson(name, column, table),
      // A column of the table itself goes before one that would have its name.
      ...twinsOf(name, column, table, idOf).filter(twin => !table.columns.has(String(twin.LogicalName)))
    ])
  }

  return {
    answer({ method, segments: [definition, part, cast], query, body }) {
      if (definition?.key === undefined) return { json: { value: tables.map(table => pick(tableJson(table), query, 'EntityMetadata')) } }
      const table = tables.find(table => isNamed(table, definition))
      if (!table) throw notFound('entity', definition)
      if (part === undefined) {
        if (method !== 'GET') throw refusals.wrongMethod(definition.name)
        return { json: pick(tableJson(table), query, 'EntityMetadata') }
      }
      const place = `EntityDefinitions(${table.metadataId})/${part.name}`
      const isPost = method === 'POST' && part.key === undefined
      if (method !== 'GET' && !isPost) throw refusals.wrongMethod(part.name)

      if (part.name === 'Attributes') {
        if (isPost) return { created: `${place}(${addColumn(body, table).metadataId})` }
        const type = (cast?.name ?? 'Microsoft.Dynamics.CRM.AttributeMetadata').slice('Microsoft.Dynamics.CRM.'.length)
        const all = attributesOf(table).filter(attribute => part.key === undefined || isNamed(namesOf(attribute), part))
        const ofType = all.filter(attribute => cast === undefined || attribute['@odata.type'] === `#${cast.name}`)
        const isWanted = query.$filter === undefined ? () => true : definitionFilter(query.$filter, type)
        const json = ofType.filter(attribute => isWanted(withoutHidden(attribute, type))).map(attribute => pick(attribute, query, type))
        if (part.key === undefined) return { json: { value: json } }
        if (json[0] === undefined) throw notFound('attribute', part)
        return { json: json[0] }
      }
      if (part.name === 'Keys') {
        if (isPost) return { created: `${place}(${addKey(body, table).metadataId})` }
        const keys = readKeys(table).filter(key => part.key === undefined || isNamed(namesOf(key), part))
        const json = keys.map(key => pick(key, query, 'EntityKeyMetadata'))
        if (part.key === undefined) return { json: { value: json } }
        if (json[0] === undefined) throw notFound('entity key', part)
        return { json: json[0] }
      }
      throw refusals.resourceUnknown(part.name)
    },
    reactivate(tableName, keyName) {
      const key = tables
        .find(({ logicalName }) => logicalName === tableName)
        ?.keys.find(({ schemaName }) => schemaName.toLowerCase() === keyName.toLowerCase())
      if (!key) throw refusals.invalid(`Invalid EntityKey Operation performed : Entity ${tableName} has no key ${keyName}.`)
      if (key.indexStatus !== 'Failed')
        throw refusals.invalid(`Invalid EntityKey Operation performed : The index of the key ${keyName} has not failed.`)
      key.indexStatus = 'Pending'
      reads.delete(key)
    },
    failNextIndex() {
      isNextToFail = true
    }
  }
}

const isNamed = (thing: { logicalName: string; metadataId: string }, { key }: Segment): boolean =>
  key !== undefined && ('id' in key ? key.id === thing.metadataId : key.columns.LogicalName === thing.logicalName)

const namesOf = ({ LogicalName, MetadataId }: Json) => ({ logicalName: String(LogicalName), metadataId: String(MetadataId) })

function notFound(what: string, { keyText = '' }: Segment): DataverseError {
  return new DataverseError(404, '0x80040217', `Could not find an ${what} with ${keyText}.`)
}

/**
 * The properties that `$select` names. Those of a derived type need the type in the URL, as Dataverse insists, and the values of a choice
 * are another object, which comes with `$expand` only.
 */
function pick(json: Json, { $select: select, $expand: expand = '' }: Record<string, string>, type: string): Json {
  const expanded = expand.split(',').filter(name => name !== '')
  const own = Object.keys(withoutHidden(json, type))
  const names = select?.split(',') ?? own
  for (const name of [
    ...names.filter(name => !own.includes(name)),
    ...expanded.filter(name => !(name in json) || type === 'AttributeMetadata')
  ])
    throw refusals.syntax(`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${type}'.`)
  const always = ['@odata.type', 'MetadataId'].filter(name => name in json)
  return Object.fromEntries([...new Set([...always, ...names, ...expanded])].map(name => [name, json[name]]))
}

function withoutHidden(json: Json, type: string): Json {
  const hidden = hiddenProperties(type)
  return Object.fromEntries(Object.entries(json).filter(([name]) => !hidden.includes(name)))
}

const tableJson = (table: Table): Json => ({
  MetadataId: table.metadataId,
  LogicalName: table.logicalName,
  SchemaName: table.schemaName,
  EntitySetName: table.entitySet,
  PrimaryIdAttribute: table.primaryId,
  PrimaryNameAttribute: table.primaryName,
  ChangeTrackingEnabled: table.isTracked,
  DisplayName: label(table.schemaName)
})

const keyJson = (key: AlternateKey, table: Table): Json => ({
  MetadataId: key.metadataId,
  LogicalName: key.schemaName.toLowerCase(),
  SchemaName: key.schemaName,
  EntityLogicalName: table.logicalName,
  KeyAttributes: key.columns,
  EntityKeyIndexStatus: key.indexStatus,
  DisplayName: label(key.schemaName)
})
