/** A file that is not a package of flows, or one whose parts do not fit together; the message says which part and why. */
export class FlowPackageError extends Error {}
