import { ActionFailure } from '../run/action-failure.ts'
import type { FoundOperation } from './swagger.ts'

/** As the platform puts it, with the name of the action left out, since the run's history stands around it. */
export function invalid({ operationId }: FoundOperation, parameter: string, message: string): ActionFailure {
  const text = `Input parameter '${parameter}' validation failed in workflow operation '${operationId}': ${message}`
  return new ActionFailure('OpenApiOperationParameterValidationFailed', text)
}
