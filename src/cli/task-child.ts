// The process that performs the tasks of a study, one after the other, as its parent asks for them: what
// `tracelab task` does, without a start for each task. Arguments: the folder of the store of cells; the module of a
// domain that is not built in, and its hash.
import { loadDomainModule } from '../data/domain-module.ts';
import { KINDS } from '../tasks/kinds.ts';
import { serveTasks } from '../work/child.ts';
import { FolderStore } from '../work/folder-store.ts';
import { surviveFileLimit } from './last-resort.ts';

surviveFileLimit();
const [root, module, sha256] = process.argv.slice(2) as [string, string?, string?];
const store = new FolderStore(root);
await serveTasks(async () => {
  if (module !== undefined) await loadDomainModule(module, 'domain', { sha256 });
  return { kinds: KINDS, store };
});
// Whatever still runs belongs to a task that was given up.
process.exit(0);
