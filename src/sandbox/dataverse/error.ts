import { isGuid } from '../entra/tokens.ts'

/** Dataverse says no: `{ "error": { "code", "message" } }`, with a status and sometimes headers. */
export class DataverseError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/**
 * The refusals, in the wordings of Dataverse. Sources: learn.microsoft.com, «Troubleshoot Dataverse Web API client errors», «Web service error
 * codes», «Use an alternate key to reference a record» and «Perform conditional operations using the Web API».
 */
export const refusals = {
  resourceUnknown: (segment: string) => new DataverseError(404, '0x8006088a', `Resource not found for the segment '${segment}'.`),
  wrongMethod: (uri: string) => new DataverseError(404, '', `No HTTP resource was found that matches the request URI '${uri}'.`),
  syntax: (what = 'Bad Request - Error in query syntax.') => new DataverseError(400, '0x80060888', what),
  propertyUnknown: (name: string, table: string) =>
    new DataverseError(400, '0x80060888', `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${table}'.`),
  keyUnknown: (table: string) => {
    const type = `'Microsoft.Dynamics.CRM.${table}'`
    const message = `The key in the request URI is not valid for resource ${type}. Ensure that the names and number of key properties match the declared or alternate key properties for the resource ${type}.`
    return new DataverseError(400, '0x80060888', message)
  },
  payload: (set: string, inner: string) =>
    new DataverseError(
      400,
      '0x80048d19',
      `Error identified in Payload provided by the user for Entity :'${set}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ${inner}`
    ),
  columnUnknown: (name: string, table: string, set: string) => {
    const type = `'Microsoft.Dynamics.CRM.${table}'`
    return refusals.payload(
      set,
      `Microsoft.Crm.CrmException: Invalid property '${name}' was found in entity ${type}. ---> Microsoft.OData.ODataException: The property '${name}' does not exist on type ${type}. Make sure to only use property names that are defined by the type.`
    )
  },
  navigationUnknown: (name: string, set: string) =>
    refusals.payload(
      set,
      `Microsoft.OData.ODataException: An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`
    ),
  literal: (value: unknown, edmType: string, set: string) =>
    refusals.payload(
      set,
      `Microsoft.OData.ODataException: Cannot convert the literal '${String(value)}' to the expected type '${edmType}'.`
    ),
  tooLong: (column: string, table: string, maxLength: number) =>
    new DataverseError(
      400,
      '0x80044331',
      `A validation error occurred. The length of the '${column}' attribute of the '${table}' entity exceeded the maximum allowed length of '${maxLength}'.`
    ),
  outOfRange: (column: string, table: string) =>
    new DataverseError(
      400,
      '0x80044330',
      `A validation error occurred. The value of '${column}' on record of type '${table}' is outside the valid range.`
    ),
  choice: (value: number, column: string, table: string, accepted: number[]) =>
    new DataverseError(
      400,
      '0x8004431a',
      `A validation error occurred. The value ${value} of '${column}' on record of type '${table}' is outside the valid range. Accepted Values: ${accepted.join(',')}`
    ),
  dateTooEarly: () =>
    new DataverseError(
      400,
      '0x80040239',
      'DateTime is less than minumum value supported by CrmDateTime. Actual value: less than 01/01/1753 00:00:00'
    ),
  required: (column: string, table: string) =>
    new DataverseError(
      400,
      '0x80040203',
      `The '${column}' attribute of the '${table}' entity is required by the system and cannot be null.`
    ),
  statusReason: (status: number, state: string, id: string) =>
    new DataverseError(400, '0x80048408', `${status} is not a valid status code for state code LeadState.${state} with Id ${id}.`),
  /** That a closed lead is read-only is documented; its code and wording are not. */
  closed: (state: string) =>
    new DataverseError(400, '0x80040203', `The lead is already closed (${state}) and is read-only. Reactivate it to change it.`),
  /** That change tracking has to be switched on, and that tokens expire, is documented; the codes and wordings are not. */
  notTracked: (table: string) => new DataverseError(400, '0x80040203', `Change tracking is not enabled for entity '${table}'.`),
  deltaExpired: () =>
    new DataverseError(400, '0x80044352', 'Version stamp associated with the client has expired. Please perform a full sync.'),
  invalid: (message: string) => new DataverseError(400, '0x80040203', message),
  missingById: (table: string, id: string) => new DataverseError(404, '0x80040217', `Entity '${table}' With Id = ${id} Does Not Exist`),
  missingByKey: (table: string) =>
    new DataverseError(404, '0x80060891', `A record with the specified key values does not exist in ${table} entity`),
  missing: (table: string, key: string) => (isGuid(key) ? refusals.missingById(table, key) : refusals.missingByKey(table)),
  /** What a create-only request (`If-None-Match: *`) gets when there is one. */
  existsAlready: () => new DataverseError(412, '0x80040237', 'A record with matching key values already exists.'),
  keyViolated: (key: string) =>
    new DataverseError(
      412,
      '0x80060892',
      `A record that has the attribute values ${key} already exists. The entity key ${key} requires that this set of attributes contains unique values. Select unique values and try again.`
    ),
  duplicate: () =>
    new DataverseError(412, '0x80040333', 'A record was not created or updated because a duplicate of the current record already exists.'),
  versionDiffers: () =>
    new DataverseError(412, '0x80060882', "The version of the existing record doesn't match the RowVersion property provided."),
  privilege: (privilege: string, userId: string) =>
    new DataverseError(
      403,
      '0x80040220',
      `Principal user (Id=${userId}, type=8, roleCount=1, privilegeCount=0) is missing ${privilege} privilege for entity 'lead'.`
    ),
  notMember: () => new DataverseError(403, '0x80072560', 'The user is not a member of the organization.'),
  signIn: (resource: string) =>
    new DataverseError(401, '0x80072560', 'HTTP Error 401 - Unauthorized: Access is denied', {
      'www-authenticate': `Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, resource_id=${resource}`
    })
}
