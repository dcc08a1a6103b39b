// Searchformer's word order (arXiv 2402.14083): `start X Y goal X Y { wall X Y }`, then a trace that begins with
// `create` of the start, then the plan; no `query`, `reasoning`, `solution` or `end`.
import { parsePrompt } from '../grammar.ts';
import { splitCompletion } from '../../completion.ts';
import type { Example } from '../../types.ts';
import { contentEnd, lastWord, skipBlanks, takeWords } from '../../words.ts';
import type { ForeignProblem } from './prompt.ts';

/**
 * An example as one text in Searchformer's order. A solution-only example has no events, and so no `create` of the
 * start.
 */
export function searchformerText({ prompt, completion, size, generator }: Example): string {
  const { trace, solution } = splitCompletion(completion);
  const maze = prompt.slice('query '.length, -' reasoning'.length);
  const plan = solution.slice('solution '.length, -' end'.length);
  return [
    maze,
    ...(trace === '' ? [] : [firstCreate(parsePrompt(prompt, size, generator)).join(' '), trace]),
    plan,
  ].join(' ');
}

/**
 * What follows the prompt in Searchformer's order, in the order that verdicts are defined on: the `create` of the start
 * goes, `solution` and `end` come. So record i of a verdict is event i + 1 of the text. Searchformer's tokenizer writes
 * `bos` before and `eos` behind a sequence; they are dropped. A text whose trace does not begin with that `create`,
 * word by word, gets no `solution`, and so fails `format`.
 */
export function completionOfSearchformer(problem: ForeignProblem, text: string): string {
  const behindBos = takeWords(text, 0, ['bos']);
  const begin = skipBlanks(text, Math.max(0, behindBos));
  const body = withoutEos(text.slice(begin));
  if (takeWords(body, 0, ['plan']) >= 0) return `solution ${body} end`;
  const behindCreate = takeWords(body, 0, firstCreate(problem));
  if (behindCreate < 0) return body;
  const rest = body.slice(skipBlanks(body, behindCreate));
  const plan = /(?:^|[ \t\n\v\f\r])plan(?=[ \t\n\v\f\r])/.exec(rest);
  if (plan === null) return rest;
  const at = skipBlanks(rest, plan.index);
  return `${rest.slice(0, at)}solution ${rest.slice(at)} end`;
}

function withoutEos(text: string): string {
  if (lastWord(text) !== 'eos') return text;
  return text.slice(0, contentEnd(text) - 'eos'.length);
}

function firstCreate({ start, goal }: ForeignProblem): string[] {
  const distance = Math.abs(start.x - goal.x) + Math.abs(start.y - goal.y);
  return ['create', String(start.x), String(start.y), 'c0', `c${distance}`];
}
