// Fails file operations of every command that writes, one at a time, once and permanently: the command must end with
// exit code 4 and one line that names a path, or as if nothing had happened; the same command must then give what an
// undisturbed one gives.
// Usage: npm run fail-operations -- [--budget MINUTES] [--seed N] [--first N] [--every N] [--only NAME,NAME] [--json].
// The order is drawn from the seed; --first 3 --every 16 takes the cases 3, 19, 35, ... --only takes commands by their
// names. Exit code 1 at any other ending.
import { campaign } from './port-campaign.ts';
import { type FailCase, FailingOperations } from '../tests/ports/fail-operations.ts';

await campaign<FailCase>('fail-operations', async (folder, seed, commands) => {
  const operations = await FailingOperations.of(folder, seed, commands);
  return {
    cases: operations.cases,
    describe,
    judge: async (each) => {
      const { ending, text } = await operations.judge(each);
      const name = `${each.command.name}, ${each.forever ? 'for ever' : 'once'}`;
      return { name, ending, text: `${each.fault} of operation ${each.at}: ${text}` };
    },
  };
});

function describe({ command, fault, at, forever }: FailCase): string {
  return `${command.name}, ${fault} of operation ${at}, ${forever ? 'for ever' : 'once'}`;
}
