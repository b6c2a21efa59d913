import type { ActionKind } from './action-kind.ts'
import { apiConnection } from './api-connection.ts'
import { openApiConnection } from './connector-action.ts'
import { foreach, ifAction, scope, switchAction, until } from './control.ts'
import { compose, joinItems, parseJson, queryItems, selectItems, table } from './data-operations.ts'
import { httpAction } from './http-action.ts'
import { delayAction, response, terminate } from './run-actions.ts'
import { appendToArray, appendToString, decrement, increment, initializeVariable, setVariable } from './variable-actions.ts'

/** Every type of actions that the sandbox runs. A flow with any other is refused before it runs. */
export const actionKinds: Readonly<Record<string, ActionKind>> = {
  Http: httpAction,
  OpenApiConnection: openApiConnection,
  ApiConnection: apiConnection,
  Compose: compose,
  ParseJson: parseJson,
  Select: selectItems,
  Query: queryItems,
  Join: joinItems,
  Table: table,
  InitializeVariable: initializeVariable,
  SetVariable: setVariable,
  IncrementVariable: increment,
  DecrementVariable: decrement,
  AppendToArrayVariable: appendToArray,
  AppendToStringVariable: appendToString,
  If: ifAction,
  Switch: switchAction,
  Foreach: foreach,
  Until: until,
  Scope: scope,
  Terminate: terminate,
  Response: response,
  Wait: delayAction
}
