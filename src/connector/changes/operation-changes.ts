import type { OperationPlace } from '../document.ts'
import { isObject, type JsonObject, objectAt, pointer, under } from '../json.ts'
import type { Report } from './change-rules.ts'
import { isFilledIn, isSameType, type schemaChanges, valueChanges } from './schema-changes.ts'

/** One operation in both versions, and the documents that they are of. */
export interface OperationPair {
  old: OperationPlace
  now: OperationPlace
  before: JsonObject
  after: JsonObject
}

/** What changed of an operation itself, its parameters, its answer and its event. */
export function operationChanges(pair: OperationPair, report: Report, compare: ReturnType<typeof schemaChanges>): void {
  const { old, now, before, after } = pair
  if (old.operation.operationId !== now.operation.operationId) report('OperationIdChanged', now.at)
  if (old.path !== now.path) report('PathChanged', now.at)
  if (old.method !== now.method) report('MethodChanged', now.at)
  if (old.operation.deprecated !== true && now.operation.deprecated === true) report('OperationDeprecated', now.at)
  if (!isInternal(old.operation) && isInternal(now.operation)) report('OperationNowInternal', now.at)
  parameterChanges(pair, report, compare)

  const [event, nextEvent] = [old, now].map(({ item }) => item['x-ms-notification-content'])
  if (old.operation['x-ms-trigger'] !== now.operation['x-ms-trigger'] || (isObject(event) && !isObject(nextEvent)))
    report('TriggerChanged', now.at)
  const eventAt = ({ path }: OperationPlace) => pointer('paths', path, 'x-ms-notification-content', 'schema')
  if (isObject(event) && isObject(nextEvent))
    compare(
      'answered',
      { definition: before, schema: event.schema, at: eventAt(old) },
      { definition: after, schema: nextEvent.schema, at: eventAt(now) }
    )
  else answerChanges(pair, report, compare)
}

function parameterChanges({ old, now, before, after }: OperationPair, report: Report, compare: ReturnType<typeof schemaChanges>): void {
  const at = (found: OperationPlace, { name }: JsonObject) => {
    const index = Array.isArray(found.operation.parameters)
      ? found.operation.parameters.findIndex(parameter => isObject(parameter) && parameter.name === name)
      : -1
    return index < 0 ? under(found.at, 'parameters') : under(found.at, 'parameters', index)
  }
  for (const was of old.parameters) {
    const is = now.parameters.find(({ name }) => name === was.name)
    if (is === undefined) {
      report('ParameterRemoved', at(old, was))
      continue
    }
    const place = at(now, is)
    if ((was.in === 'body') !== (is.in === 'body') || (was.in !== 'body' && !isSameType('sent', was, is))) {
      report('ParameterTypeChanged', place)
      continue
    }
    if (was.in !== is.in) report('ParameterMoved', place)
    valueChanges('sent', was, is, place, report)
    const [schema, next] = [was, is].map(parameter => parameter[parameter.in === 'body' ? 'schema' : 'items'])
    const inner = was.in === 'body' ? 'schema' : 'items'
    if (schema !== undefined)
      compare(
        'sent',
        { definition: before, schema, at: under(at(old, was), inner) },
        { definition: after, schema: next, at: under(place, inner) }
      )
  }
  for (const is of now.parameters) {
    const was = old.parameters.find(({ name }) => name === is.name)
    if (is.required === true && was?.required !== true && !isFilledIn(is)) report('ParameterNowRequired', at(now, is))
  }
}

function answerChanges({ old, now, before, after }: OperationPair, report: Report, compare: ReturnType<typeof schemaChanges>): void {
  const [was, is] = [shown(old), shown(now)]
  if (was === undefined) return
  if (is === undefined) {
    report('ResponseTypeChanged', now.at)
    return
  }
  const at = (found: OperationPlace, code: string) => under(found.at, 'responses', code)
  if (was.code !== is.code) report('SuccessCodeChanged', at(now, is.code))
  for (const name of Object.keys(objectAt(was.answer, 'headers')))
    if (!Object.hasOwn(objectAt(is.answer, 'headers'), name)) report('ResponsePropertyRemoved', under(at(old, was.code), 'headers', name))
  if (was.answer.schema !== undefined)
    compare(
      'answered',
      { definition: before, schema: was.answer.schema, at: under(at(old, was.code), 'schema') },
      { definition: after, schema: is.answer.schema, at: under(at(now, is.code), 'schema') }
    )
}

/** The answer whose fields the designer shows. */
function shown({ responses }: OperationPlace): { code: string; answer: JsonObject } | undefined {
  const only = responses.length === 1 ? responses[0] : undefined
  const found =
    only ?? ['200', '201', 'default'].map(code => responses.find(response => response[0] === code)).find(each => each !== undefined)
  return found === undefined ? undefined : { code: found[0], answer: found[1] }
}

function isInternal(operation: JsonObject): boolean {
  return operation['x-ms-visibility'] === 'internal'
}
