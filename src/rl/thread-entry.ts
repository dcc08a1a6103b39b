// Where the module of the threads of reinforcement learning is: the TypeScript source in a clone, JavaScript in the
// built package.
export const RL_THREAD = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
