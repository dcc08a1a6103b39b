// Searchformer's word order (arXiv 2402.14083): `start X Y goal X Y { wall X Y }`, then a trace that begins with
// `create` of the start, then the plan; no `query`, `reasoning`, `solution` or `end`.
import { parsePrompt } from '../grammar.ts';
import { splitCompletion } from '../../completion.ts';
import type { Example } from '../../types.ts';
import type { ForeignProblem } from './prompt.ts';

/**
 * An example as one text in Searchformer's order. A solution-only example has no events, and so no `create` of the
 * start.
 */
export function searchformerText({ prompt, completion, size, generator }: Example): string {
  const { trace, solution } = splitCompletion(completion);
  const maze = prompt.slice('query '.length, -' reasoning'.length);
  const plan = solution.slice('solution '.length, -' end'.length);
  return [maze, ...(trace === '' ? [] : [firstCreate(parsePrompt(prompt, size, generator)), trace]), plan].join(' ');
}

/**
 * What follows the prompt in Searchformer's order, in the order that verdicts are defined on: the `create` of the start
 * goes, `solution` and `end` come. So record i of a verdict is event i + 1 of the text. A text whose trace does not
 * begin with that `create`, letter by letter, stays as it is, and so fails `format`.
 */
export function completionOfSearchformer(problem: ForeignProblem, text: string): string {
  const body = text.replace(/^[ \t\n\v\f\r]+/, '');
  if (body.startsWith('plan ')) return `solution ${body} end`;
  const create = firstCreate(problem);
  if (!body.startsWith(`${create} `)) return body;
  const rest = body.slice(create.length + 1);
  const plan = rest.indexOf(' plan ');
  return plan < 0 ? rest : `${rest.slice(0, plan)} solution${rest.slice(plan)} end`;
}

function firstCreate({ start, goal }: ForeignProblem): string {
  return `create ${start.x} ${start.y} c0 c${Math.abs(start.x - goal.x) + Math.abs(start.y - goal.y)}`;
}
