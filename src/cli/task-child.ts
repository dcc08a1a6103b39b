// The process that performs the tasks of a study, one after the other, as its parent asks for them: what
// `tracelab task` does, without a start for each task. Arguments: the folder of the store of cells.
import { KINDS } from '../tasks/kinds.ts';
import { serveTasks } from '../work/child.ts';
import { FolderStore } from '../work/folder-store.ts';

const store = new FolderStore(process.argv[2]);
await serveTasks(async () => ({ kinds: KINDS, store }));
// Whatever still runs belongs to a task that was given up.
process.exit(0);
