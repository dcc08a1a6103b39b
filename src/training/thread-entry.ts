// Where the training threads' module is: the TypeScript source in a clone, JavaScript in the built package.
export const TRAINING_THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
);
