// The answer of POST /v1/completions: texts, log-probabilities and counts in the shape that OpenAI's clients and
// lm-evaluation-harness read.
import type { Vocabulary } from '../domain/vocabulary.ts';
import type { Choice } from './batcher.ts';
import type { CompletionRequest, Prompt } from './completion-request.ts';

export interface AnsweredChoice {
  readonly text: string;
  readonly index: number;
  readonly logprobs: Logprobs | null;
  readonly finish_reason: 'stop' | 'length';
}

/** One entry a token. Joined, the tokens are the text; a drawn <eos> follows it. */
interface Logprobs {
  readonly tokens: readonly string[];
  /** Nats at temperature 1; null for a first token that follows nothing. */
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  /** Where each token begins in the text. */
  readonly text_offset: readonly number[];
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** The answer to a request for completions: choices in the order of prompts, and token counts. */
export function answerOf(
  request: CompletionRequest,
  choices: readonly Choice[],
  vocabulary: Vocabulary,
): { readonly choices: AnsweredChoice[]; readonly usage: Usage } {
  const shown = choices.map((choice, index) => answeredChoice(request, choice, index, vocabulary));
  const prompt_tokens = request.prompts.reduce((sum, prompt) => sum + echoed(prompt).length, 0);
  const completion_tokens = shown.reduce((sum, { tokens }) => sum + tokens, 0);
  return {
    choices: shown.map(({ answer }) => answer),
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

/** The tokens that the client sent. */
function echoed({ ids, hasAddedBos }: Prompt): Uint16Array {
  return hasAddedBos ? ids.subarray(1) : ids;
}

/** @returns the choice, and the new tokens in its text */
function answeredChoice(
  { prompts, echo, stop, logprobs }: CompletionRequest,
  { prompt, completion, hasEos, probabilities }: Choice,
  index: number,
  vocabulary: Vocabulary,
): { readonly answer: AnsweredChoice; readonly tokens: number } {
  const drawn = completion?.ids ?? new Uint16Array();
  const whole = vocabulary.decode(drawn);
  const cut = firstStop(whole, stop);
  const text = cut === undefined ? whole : whole.slice(0, cut);
  const isStopped = cut !== undefined || completion?.truncated === false;
  // A token that the stop cuts counts: its beginning is shown.
  const starts = startsOf(drawn, vocabulary);
  const tokens = cut === undefined ? drawn.length : starts.filter((start) => start < cut).length;
  const before = echo ? echoed(prompts[prompt]) : new Uint16Array();
  const prefix = vocabulary.decode(before);
  const joined = prefix !== '' && text !== '' ? `${prefix} ${text}` : prefix + text;
  const showsEos = hasEos && cut === undefined;
  const ids = Uint16Array.of(...before, ...drawn.subarray(0, tokens), ...(showsEos ? [vocabulary.eos] : []));
  const hasFirst = echo && !prompts[prompt].hasAddedBos;
  return {
    tokens,
    answer: {
      text: joined,
      index,
      logprobs:
        probabilities === null || logprobs === null
          ? null
          : logprobsOf(ids, { ...probabilities, count: logprobs }, hasFirst, joined.length, vocabulary),
      finish_reason: isStopped ? 'stop' : 'length',
    },
  };
}

/** @param hasFirst the first token is the first of the sequence, and has no log-probability */
function logprobsOf(
  ids: Uint16Array,
  { chosen, topIds, top, count }: NonNullable<Choice['probabilities']> & { readonly count: number },
  hasFirst: boolean,
  end: number,
  vocabulary: Vocabulary,
): Logprobs {
  const word = (id: number, isFirst: boolean): string => (isFirst ? '' : ' ') + vocabulary.words[id];
  const skipped = hasFirst ? 1 : 0;
  const tokens = Array.from(ids, (id, i) => word(id, i === 0));
  return {
    tokens,
    token_logprobs: tokens.map((_, i) => (i < skipped ? null : chosen[i - skipped])),
    top_logprobs: tokens.map((_, i) =>
      i < skipped
        ? null
        : Object.fromEntries(
            Array.from({ length: count }, (_unused, k) => count * (i - skipped) + k).map((at) => [
              word(topIds[at], i === 0),
              top[at],
            ]),
          ),
    ),
    text_offset: startsOf(ids, vocabulary).map((start) => Math.min(start, end)),
  };
}

/** Where each token begins in the joined text; with the blank before it, but for the first. */
function startsOf(ids: Uint16Array, vocabulary: Vocabulary): number[] {
  let at = 0;
  return Array.from(ids, (id, i) => {
    const start = at;
    at += vocabulary.words[id].length + (i === 0 ? 0 : 1);
    return start;
  });
}

/** Where the earliest stop begins; undefined without one. */
function firstStop(text: string, stop: readonly string[]): number | undefined {
  const found = stop.map((each) => text.indexOf(each)).filter((at) => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}
