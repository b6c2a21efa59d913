/** An expression that could be read and cannot be evaluated; the message is in the platform's words where these are known. */
export class ExpressionError extends Error {}
