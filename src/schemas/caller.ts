/** A caller that has an API key is known by this id, to the service and in what it stores. */
export const callerOfKey = (keyId: string): string => `key:${keyId}`
