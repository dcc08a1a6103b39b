// The answer of a study in one sentence, and one sentence for each finding. Written from the findings alone, so that
// page, Markdown and terminal say the same.
import { knownDistribution } from '../domain/domains.ts';
import { LEAST_SEEDS } from '../analysis/finding.ts';
import type { Finding, FindingId, FindingRow } from '../analysis/findings.ts';
import type { StudyResults } from '../study/results.ts';
import { cellWords, inOneLine } from './cell-words.ts';
import { effectCell, numbersOf, verdictOf } from './findings.ts';
import { distributionLabel, integer, list, lowerFirst, upperFirst } from './format.ts';
import { wordsOf } from './names.ts';

/** What the effect of a finding is, as the subject of its sentence. */
const EFFECTS: Readonly<Record<FindingId, string>> = {
  F1a: 'valid plans of correct minus solution only',
  F1b: 'invalid traces among the valid plans of correct',
  F2: 'valid plans of swapped minus correct',
  F3: 'valid plans of swapped minus correct',
  F4: 'after GRPO minus before',
  F5: 'partial correlation of generated with reference events',
};

/** How a decided answer begins. */
const DECIDED: Readonly<Record<'F1a' | 'F2', Readonly<Record<'supported' | 'contradicted', string>>>> = {
  F1a: { supported: 'Traces help', contradicted: 'Traces do not help' },
  F2: {
    supported: 'In distribution the content of the traces makes little difference',
    contradicted: 'In distribution the content of the traces matters',
  },
};

/**
 * One sentence: effect, interval, where it holds and where not, n and seeds. Honest where nothing can be said: of
 * undertrained models, of one or two seeds, and of an undecided test.
 */
export function answerOf(results: StudyResults): string {
  const { conditions, findings } = results;
  if (conditions.length === 0) return 'No training run has finished, so nothing was tested.';
  const tested = new Map(findings.filter(({ effect }) => effect !== null).map((finding) => [finding.id, finding]));
  const lead = (['F2', 'F3', 'F1a', 'F1b', 'F4', 'F5'] as const).flatMap((id) => tested.get(id) ?? []).at(0);
  if (lead === undefined) return untestedWords(results);
  const clauses = clausesOf(results, lead, tested);
  const silent = findings.filter(({ verdict, effect }) => verdict === 'undertrained' && effect === null);
  const more =
    silent.length === 0
      ? ''
      : `; ${list(silent.map(({ id }) => id))} ${silent.length === 1 ? 'is' : 'are'} not decided, because a model is ` +
        'undertrained';
  return `${openingOf(lead)}: ${clauses}${more}.`;
}

/** The sentence of a finding: verdict, what was measured, effect, interval, n and seeds; empty where untested. */
export function findingSentence(results: StudyResults, finding: Finding): string {
  const { effect, n, seeds, id } = finding;
  if (effect === null) return '';
  const row = shownRow(finding);
  const part = row === undefined ? '' : `, ${partWords(row.label)}`;
  return (
    `${upperFirst(verdictOf(finding).word)}: ${EFFECTS[id]}${part}: ${effectWords(finding)} ` +
    `(n = ${integer(n)} ${nounOf(results, id)}, ${seedWords(seeds.length)}).`
  );
}

/** What an undertrained study changes to get an answer: one sentence; empty where every model learned. */
export function remedyOf({ conditions, config }: StudyResults): string {
  const short = conditions.filter(({ training_verdict }) => training_verdict.undertrained);
  if (short.length === 0) return '';
  const { tokens, epochs } = config.train as { readonly tokens?: number; readonly epochs?: number };
  const now =
    typeof tokens === 'number'
      ? `\`train.tokens\` (now ${integer(tokens)})`
      : `\`train.epochs\`${typeof epochs === 'number' ? ` (now ${epochs})` : ''}`;
  return (
    `Raise ${now} until valid plans on dev pass 20 % and the loss on the plan falls by a third from its plateau; ` +
    'the curves below show how far it got.'
  );
}

/** The row that the effect of a finding comes from. */
export function shownRow({ rows = [], effect, interval }: Finding): FindingRow | undefined {
  return rows.find(
    (row) => row.effect.value === effect?.value && row.interval[0] === interval?.[0] && row.interval[1] === interval[1],
  );
}

/** Name of a part of a claim inside a sentence: `Drunkard`, `last, lenient`. */
export function partWords(label: string): string {
  const [name, ...rest] = label.split(', ');
  return [knownDistribution(name)?.label ?? lowerFirst(name), ...rest].join(', ');
}

function untestedWords({ conditions, findings }: StudyResults): string {
  const short = conditions.filter(({ training_verdict }) => training_verdict.undertrained).length;
  if (findings.some(({ verdict }) => verdict === 'undertrained'))
    return short === conditions.length
      ? 'Nothing can be concluded: every model is undertrained.'
      : `Nothing can be concluded: ${short} of ${conditions.length} models ${short === 1 ? 'is' : 'are'} undertrained.`;
  return 'Nothing was compared: the study has no pair of conditions that a finding is about.';
}

function openingOf({ id, verdict, seeds }: Finding): string {
  if (seeds.length < LEAST_SEEDS || verdict === 'observed')
    return seeds.length === 1 ? 'One seed decides nothing' : `${upperFirst(seedWords(seeds.length))} decide nothing`;
  if ((id === 'F2' || id === 'F1a') && (verdict === 'supported' || verdict === 'contradicted'))
    return DECIDED[id][verdict];
  return upperFirst(verdict);
}

function clausesOf(results: StudyResults, lead: Finding, tested: ReadonlyMap<FindingId, Finding>): string {
  switch (lead.id) {
    case 'F2': {
      const far = tested.get('F3');
      return nearClause(results, lead) + (far === undefined ? '' : `; ${farClause(results, far, tested)}`);
    }
    case 'F3':
      return farClause(results, lead, tested);
    case 'F1a': {
      const invalid = tested.get('F1b');
      return nearClause(results, lead) + (invalid === undefined ? '' : `; ${invalidClause(invalid, lead)}`);
    }
    case 'F1b':
      return invalidClause(lead, lead);
    case 'F4':
    case 'F5': {
      const row = shownRow(lead);
      const part = row === undefined ? '' : `, ${partWords(row.label)}`;
      return `${EFFECTS[lead.id]}${part}, ${effectWords(lead)} (${countWords(results, lead)})`;
    }
    default:
      return lead.id satisfies never;
  }
}

/** F1a or F2: two conditions on the training distribution. */
function nearClause(results: StudyResults, finding: Finding): string {
  const [one, other] =
    finding.id === 'F2'
      ? ['models trained on swapped traces', 'models trained on correct traces']
      : ['models trained on correct traces', 'models trained without traces'];
  const where = `${distributionLabel(results.config.data.generator)} ${wordsOf(results).problems}`;
  const { value, interval } = cellWords(numbersOf(finding).effect);
  const size = value.replace(/^[+\u2212]/, '');
  const direction = value.startsWith('\u2212') ? 'fewer' : 'more';
  return `${one} solve ${size} ${direction} ${where} than ${other} ${interval} (${countWords(results, finding)})`;
}

/** F3: by distribution, on which side of 0 its interval is. */
function farClause(results: StudyResults, finding: Finding, tested: ReadonlyMap<FindingId, Finding>): string {
  const rows = (finding.rows ?? []).filter(({ label }) => knownDistribution(label) !== undefined);
  const of = (some: readonly FindingRow[]): string =>
    list(
      some.map(({ label, effect, interval, n }) => {
        const words = inOneLine(cellWords(effectCell(effect, interval, n))).replace(' points', '');
        return `${distributionLabel(label)} (${words})`;
      }),
    );
  const above = rows.filter(({ interval }) => interval[0] > 0);
  const below = rows.filter(({ interval }) => interval[1] < 0);
  const open = rows.filter(({ interval }) => interval[0] <= 0 && interval[1] >= 0);
  const parts = [
    ...(above.length === 0 ? [] : [`more on ${of(above)}`]),
    ...(below.length === 0 ? [] : [`fewer on ${of(below)}`]),
    ...(open.length === 0
      ? []
      : [`neither clearly more nor fewer on ${list(open.map(({ label }) => distributionLabel(label)))}`]),
  ];
  const said = parts.length === 0 ? `${effectWords(finding)}` : list(parts);
  const lead = tested.get('F2');
  const more = lead === undefined ? `, ${seedWords(finding.seeds.length)}` : otherVerdict(finding, lead);
  const count = `n = ${integer(finding.n)} ${wordsOf(results).problems}${more}`;
  return `out of distribution swapped solves ${said} (${count})`;
}

function invalidClause(finding: Finding, lead: Finding): string {
  const { n, seeds } = finding;
  const more = finding === lead ? `, ${seedWords(seeds.length)}` : otherVerdict(finding, lead);
  return (
    `${effectWords(finding).replace(' [', ' of the valid plans of correct follow an invalid trace [')} ` +
    `(n = ${integer(n)} valid plans${more})`
  );
}

function countWords(results: StudyResults, finding: Finding): string {
  return `n = ${integer(finding.n)} ${nounOf(results, finding.id)}, ${seedWords(finding.seeds.length)}`;
}

/** The verdict of a finding behind another one, where it is not the same. */
function otherVerdict(finding: Finding, lead: Finding): string {
  const isSame =
    finding.verdict === lead.verdict && (finding.verdict === 'undecided' || finding.verdict === 'observed');
  return isSame ? '' : `; ${finding.id} ${verdictOf(finding).word}`;
}

function nounOf(results: StudyResults, id: FindingId): string {
  return id === 'F1b' ? 'valid plans' : wordsOf(results).problems;
}

function effectWords(finding: Finding): string {
  return inOneLine(cellWords(numbersOf(finding).effect));
}

function seedWords(count: number): string {
  const words = ['no', 'one', 'two'];
  return `${words[count] ?? String(count)} ${count === 1 ? 'seed' : 'seeds'}`;
}
