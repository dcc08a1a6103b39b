// The entry module of child processes in tests of the executor. With the argument `every-step`, each step is reported:
// the clock of reports runs so fast that none is held back.
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { serveTasks } from '../../src/work/child.ts';
import { TOY_KINDS } from './toy-kinds.ts';
import { toyStore } from './toy-store.ts';

let calls = 0;
const clock = process.argv[2] === 'every-step' ? { ...SYSTEM_CLOCK, seconds: () => ++calls } : SYSTEM_CLOCK;
await serveTasks(async (init) => ({ kinds: TOY_KINDS, store: toyStore((init as { root: string }).root) }), { clock });
process.exit(0);
