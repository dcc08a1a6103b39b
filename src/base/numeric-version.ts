// Version of the code that makes numbers (kernels are hashed themselves; this covers the TypeScript around them).

/** Raise it with any change after which the same configuration gives other bits. */
export const NUMERIC_VERSION = 3;
