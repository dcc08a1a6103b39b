// Fails file operations in the parent or in a child of a small study or sweep, one at a time, once there or for ever in
// all processes: the command must end with exit code 4 and one line that names a path, or as if nothing had happened;
// the same command must then end as one that nothing disturbed.
// Usage: npm run fail-studies -- [--budget MINUTES] [--seed N] [--first N] [--every N] [--json]
// Exit code 1 at any other ending.
import { campaign } from './port-campaign.ts';
import { FailingStudies, type StudyCase } from '../tests/ports/fail-studies.ts';

await campaign<StudyCase>(
  'fail-studies',
  async (folder, seed) => {
    const studies = await FailingStudies.of(folder, seed);
    return {
      cases: studies.cases,
      describe: ({ command, role, fault }) => `${command.name}, ${role}, ${fault.fault} of operation ${fault.at}`,
      judge: async (each) => {
        const { command, role, fault } = each;
        const { ending, text } = await studies.judge(each);
        const name = `${command.name}, ${role}, ${fault.forever ? 'for ever' : 'once'}`;
        return { name, ending, text: `${fault.fault} of operation ${fault.at}: ${text}` };
      },
    };
  },
  async () => undefined,
);
