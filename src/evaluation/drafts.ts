// What a model may answer to test problems, for generation to try: a function of files alone, and never part of a
// result.
import { readJsonl } from '../base/files.ts';
import { splitCompletion } from '../domain/completion.ts';
import { hasTraces, readCondition } from '../domain/conditions/condition.ts';
import type { Example } from '../domain/types.ts';
import type { Model } from '../model/model.ts';
import { parseCompletionRow } from './schemas.ts';

/**
 * A draft for each example: what another model answered where its file has a row of the same prompt, or else the
 * completion of the test file, without its trace for a model that was trained without traces.
 * @param recorded completions of an evaluation; a file that is missing or damaged is as good as none
 */
export async function draftsOf(
  { checkpoint: { vocabulary, origin } }: Model,
  examples: readonly Example[],
  recorded: string | undefined,
): Promise<(string | null)[]> {
  const known = recorded === undefined ? new Map<string, string>() : await completionsIn(recorded);
  const condition = readCondition(origin.condition);
  const writesTraces = condition === null || hasTraces(condition);
  return examples.map(({ prompt, completion }) => {
    const draft = known.get(prompt) ?? (writesTraces ? completion : splitCompletion(completion).solution);
    return vocabulary.encode(draft).includes(vocabulary.unk) ? null : draft;
  });
}

async function completionsIn(path: string): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  try {
    for await (const { prompt, completion } of readJsonl(path, parseCompletionRow)) known.set(prompt, completion);
  } catch {
    return new Map();
  }
  return known;
}
