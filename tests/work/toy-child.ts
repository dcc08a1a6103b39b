// The entry module of child processes in tests of the executor.
import { serveTasks } from '../../src/work/child.ts';
import { TOY_KINDS } from './toy-kinds.ts';
import { toyStore } from './toy-store.ts';

await serveTasks(async (init) => ({ kinds: TOY_KINDS, store: toyStore((init as { root: string }).root) }));
process.exit(0);
