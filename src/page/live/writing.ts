// A completion that a model is writing in the page, token by token, and what it chose from.
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import type { Problem } from '../../domain/maze/types.ts';
import { solve } from '../../domain/maze/astar.ts';
import { completionText, promptText } from '../../domain/maze/grammar.ts';
import { splitCompletion } from '../../domain/completion.ts';
import type { Candidate, StepDecoder } from '../../model/step-decoder.ts';
import type { TraceKind } from '../../report/live/data.ts';

/** Candidates of a step that are kept. */
const CANDIDATES = 5;
/** The word that filler repeats, as in interventions. */
const FILLER = 'close';

export interface WrittenToken {
  readonly word: string;
  /** Likeliest first; empty for a word that was given. */
  readonly likeliest: readonly Candidate[];
}

/** Words that are put behind the prompt; empty for a model that writes its own trace. */
export function givenWords(kind: TraceKind, maze: Problem, other: Problem | null): string {
  const reference = ({ start, goal, ...rest }: Problem): string => {
    const { trace, plan } = solve({ start, goal, ...rest });
    return splitCompletion(completionText(trace, plan ?? [])).trace;
  };
  const withSolution = (trace: string): string => (trace === '' ? 'solution' : `${trace} solution`);
  switch (kind) {
    case 'own':
      return '';
    case 'reference':
      return withSolution(reference(maze));
    case 'other':
      return withSolution(other === null ? '' : reference(other));
    case 'filler':
      return withSolution(reference(maze).replaceAll(/[^ ]+/g, FILLER));
    case 'empty':
      return withSolution('');
    default:
      return kind satisfies never;
  }
}

/** One completion, from the prompt to its end. */
export class Writing {
  readonly maze: Problem;
  /** Number of words that were given. */
  readonly given: number;
  readonly tokens: WrittenToken[] = [];
  /** Seconds that the model has worked. */
  seconds = 0;
  private readonly decoder: StepDecoder;
  private hasEos = false;

  /**
   * Takes the model over; nothing is computed yet.
   * @param given words behind the prompt
   * @throws TracelabError PROMPT_WORD, CONTEXT_TOO_SHORT
   */
  constructor(decoder: StepDecoder, maze: Problem, given: string) {
    this.decoder = decoder;
    this.maze = maze;
    decoder.start(promptText(maze));
    decoder.force(given);
    const words = given === '' ? [] : given.split(' ');
    this.given = words.length;
    this.tokens.push(...words.map((word) => ({ word, likeliest: [] })));
  }

  /** Whether the model has nothing more to write. */
  get isEnded(): boolean {
    return this.hasEos || this.decoder.isEnded;
  }

  /**
   * Does a bounded piece of work: feeds a part of what is there, or writes a token.
   * @returns whether a token was written
   */
  advance(): boolean {
    if (this.isEnded) return false;
    const from = SYSTEM_CLOCK.seconds();
    let isWritten = false;
    if (!this.decoder.feed()) {
      const likeliest = this.decoder.likeliest(CANDIDATES);
      const id = this.decoder.next();
      const { eos, words } = this.decoder.vocabulary;
      if (id === eos || id === null) this.hasEos = true;
      else {
        this.tokens.push({ word: words[id], likeliest });
        isWritten = true;
      }
    }
    this.seconds += SYSTEM_CLOCK.seconds() - from;
    return isWritten;
  }
}
