// Cuts the power at every file operation of every command that writes, loses, tears or keeps what was not flushed, as
// POSIX allows, and runs the same command on what is left: it must end as if nothing had happened.
// Usage: npm run crash-states -- [--budget MINUTES] [--seed N] [--first N] [--every N] [--only NAME,NAME] [--json]. The
// order is drawn from the seed; --first 3 --every 16 takes the cases 3, 19, 35, ... --only takes commands by their
// names. Exit code 1 at any other ending.
import { type CrashCase, CrashStates } from '../tests/ports/crash-states.ts';
import { campaign } from './port-campaign.ts';

await campaign<CrashCase>('crash-states', async (folder, seed, commands) => {
  const states = await CrashStates.of(folder, seed, commands);
  return {
    cases: states.cases,
    describe: ({ recorded, steps, loss }) =>
      `${recorded.command.name}, ${loss} lost after ${steps} of ${recorded.steps.length} operations`,
    judge: async (each) => {
      const fault = await states.faultOf(each);
      const { recorded, steps, loss } = each;
      return {
        name: `${recorded.command.name}, ${loss} lost`,
        ending: fault === undefined ? 'equal' : 'FAULT',
        text: `after ${steps} of ${recorded.steps.length} operations: ${fault ?? ''}`,
      };
    },
  };
});
