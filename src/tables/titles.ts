// Titles of findings and of a report's sections: each is one sentence.
import type { FindingId } from '../analysis/findings.ts';
import type { DomainWords } from '../domain/domain.ts';
import type { StudyResults } from '../study/results.ts';
import { wordsOf } from './names.ts';

/** The claim that is tested, whatever its verdict. */
const FINDINGS: Readonly<Record<FindingId, (words: DomainWords) => string>> = {
  F1a: ({ problems }) =>
    `Models trained on correct traces solve more ${problems} in distribution than models trained without traces`,
  F1b: () => 'Models trained on correct traces write invalid traces next to correct answers',
  F2: ({ problems }) =>
    `Models trained on swapped traces solve about as many ${problems} in distribution as models trained on correct ` +
    'traces',
  F3: ({ problems }) =>
    `Models trained on swapped traces solve more ${problems} out of distribution than models trained on correct traces`,
  F4: () => 'Reinforcement learning (GRPO) raises the validity of the plans but not the validity of the traces',
  F5: ({ problem }) => `The length of a trace does not measure the complexity of the ${problem}`,
};

/** The claim in a few words, for a chip. */
const SHORT: Readonly<Record<FindingId, string>> = {
  F1a: 'Traces help',
  F1b: 'Invalid traces, valid plans',
  F2: 'Swapped as good in distribution',
  F3: 'Swapped better out of distribution',
  F4: 'GRPO raises plans, not traces',
  F5: 'Length is not complexity',
};

const SECTIONS = {
  findings: 'What did the study find?',
  live: 'What does a model do with your maze?',
  'dose-response': 'How much does the rate of a condition change?',
  interventions: 'Does the model use its trace?',
  information: 'How much does a trace lower the loss on the plan?',
  phase: 'Where do traces start to pay?',
  errors: 'Which rule does a completion break first?',
  curves: 'How did the models learn?',
  samples: 'What do the models write?',
  methods: 'How were the numbers made?',
  reproduce: 'How is the study repeated?',
} as const;

/** Title of a section of the report. */
export function sectionTitle(section: keyof typeof SECTIONS): string {
  return SECTIONS[section];
}

/** Title of a finding, in the words of the study's domain. */
export function findingTitle(results: StudyResults, id: FindingId): string {
  return FINDINGS[id](wordsOf(results));
}

/** F1 has two findings; its section is named after the second. */
export function findingSectionTitle(results: StudyResults, id: 'F1' | 'F2' | 'F3' | 'F4' | 'F5'): string {
  return `${id}: ${findingTitle(results, id === 'F1' ? 'F1b' : id)}`;
}

/** Title of a finding in a few words. */
export function findingShortTitle(id: FindingId): string {
  return SHORT[id];
}
