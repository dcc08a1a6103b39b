// Requests that arrive together are decoded together. One batch runs at a time; what comes meanwhile waits for the next
// one. A completion depends on its own request alone, never on its batch.
import { LIMITS } from '../base/limits.ts';
import type { Completion } from '../model/generate.ts';
import type { TokenProbabilities } from '../model/log-probabilities.ts';
import type { Model } from '../model/model.ts';
import type { CompletionRequest } from './completion-request.ts';
import { HttpError } from './http-error.ts';

/** One of the completions of a request. */
export interface Choice {
  readonly prompt: number;
  /** Null without new tokens. */
  readonly completion: Completion | null;
  /** <eos> was drawn after the completion, which does not contain it. */
  readonly hasEos: boolean;
  /** Of all tokens that are shown; null without log-probabilities. */
  readonly probabilities: TokenProbabilities | null;
}

interface Waiting {
  readonly request: CompletionRequest;
  readonly signal: AbortSignal;
  readonly resolve: (choices: Choice[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How long the first request of a batch waits for others, ms. */
const GATHER = 2;
/** Completions from which on a batch takes no more requests. */
const BATCH = 256;

/** The queue of the model: joins waiting requests into batches. One batch runs at a time. */
export class Batcher {
  private readonly model: Model;
  private readonly closing = new AbortController();
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(model: Model) {
    this.model = model;
  }

  /**
   * @param signal the client is gone
   * @returns the choices of a request: those of the first prompt, then those of the second
   * @throws HttpError 429 when too many wait, 503 when the server stops; the reason of the signal; TracelabError of the
   * model
   */
  async complete(request: CompletionRequest, signal: AbortSignal): Promise<Choice[]> {
    if (this.closing.signal.aborted) throw stopping();
    signal.throwIfAborted();
    if (this.waiting.length >= LIMITS.waitingRequests.most)
      throw new HttpError(429, 'too_many_requests', 'too many requests wait; try again later', null, {
        'retry-after': '1',
      });
    return new Promise<Choice[]>((resolve, reject) => {
      const waiting: Waiting = { request, signal, resolve, reject };
      this.waiting.push(waiting);
      signal.addEventListener(
        'abort',
        () => {
          this.waiting = this.waiting.filter((each) => each !== waiting);
          reject(signal.reason as Error);
        },
        { once: true },
      );
      this.running ??= this.run().finally(() => {
        this.running = undefined;
      });
    });
  }

  /** Refuses all that waits, and stops the batch that runs. */
  async close(): Promise<void> {
    this.closing.abort();
    for (const { reject } of this.waiting) reject(stopping());
    this.waiting = [];
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await new Promise((resolve) => {
        setTimeout(resolve, GATHER);
      });
      const batch = this.take();
      if (batch.length === 0) continue;
      try {
        const choices = await this.decode(batch);
        for (const [i, { resolve, reject }] of batch.entries()) {
          const found = choices?.[i];
          if (found) resolve(found);
          else reject(stopping());
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  private take(): Waiting[] {
    let completions = 0;
    const full = this.waiting.findIndex(({ request }, i) => {
      completions += request.prompts.length * request.n;
      return i > 0 && completions > BATCH;
    });
    return this.waiting.splice(0, full < 0 ? this.waiting.length : full);
  }

  /** @returns null when it was stopped, for a request when it was given up */
  private async decode(batch: readonly Waiting[]): Promise<(Choice[] | null)[] | null> {
    const { context } = this.model.checkpoint.model;
    const prompts: Uint16Array[] = [];
    const places = batch.flatMap(({ request, signal }, of) => {
      const first = prompts.length;
      prompts.push(...request.prompts.map(({ ids }) => ids));
      return request.prompts.flatMap(({ ids }, prompt) =>
        Array.from({ length: request.n }, (_, sample) => ({
          of,
          prompt,
          job: {
            prompt: first + prompt,
            maxNewTokens: Math.min(request.maxTokens, context - ids.length),
            temperature: request.temperature,
            seed: request.seed,
            // As Model.generate numbers several completions of several prompts.
            index: sample * request.prompts.length + prompt,
            signal,
          },
        })),
      );
    });
    const wanted = places.filter(({ job }) => job.maxNewTokens > 0);
    const drawn = await this.model.complete(
      prompts,
      wanted.map(({ job }) => job),
      this.closing.signal,
    );
    const completions = new Map(wanted.map((place, i) => [place, drawn[i]]));
    const { vocabulary } = this.model.checkpoint;
    const end = vocabulary.idOf('end');
    const choices = places.map((place) => {
      const completion = completions.get(place) ?? null;
      const hasEos = completion !== null && !completion.truncated && completion.ids.at(-1) !== end;
      return { ...place, completion, hasEos };
    });
    const isDone = (choice: (typeof choices)[number]): boolean =>
      choice.completion !== null || choice.job.maxNewTokens === 0;
    const scored = choices.filter((choice) => batch[choice.of].request.logprobs !== null && isDone(choice));
    const top = Math.max(0, ...scored.map(({ of }) => batch[of].request.logprobs ?? 0));
    const probabilities = await this.model.logProbabilities(
      scored.map(({ of, job, completion, hasEos }) => ({
        ids: Uint16Array.of(...prompts[job.prompt], ...(completion?.ids ?? []), ...(hasEos ? [vocabulary.eos] : [])),
        from: batch[of].request.echo ? 1 : prompts[job.prompt].length,
      })),
      top,
      this.closing.signal,
    );
    if (probabilities === null) return null;
    const found = new Map(scored.map((choice, i) => [choice, probabilities[i]]));
    const byRequest = Map.groupBy(choices, ({ of }) => of);
    return batch.map(({ request: { logprobs } }, of) => {
      const own = byRequest.get(of) ?? [];
      if (!own.every(isDone)) return null;
      return own.map((choice) => {
        const { prompt, completion, hasEos } = choice;
        const all = found.get(choice);
        return { prompt, completion, hasEos, probabilities: all ? narrowed(all, top, logprobs ?? 0) : null };
      });
    });
  }
}

/** The likeliest `to` of `from` tokens of each place. */
function narrowed({ chosen, topIds, top }: TokenProbabilities, from: number, to: number): TokenProbabilities {
  const keep = (_: number, i: number): boolean => i % from < to;
  return from === to ? { chosen, topIds, top } : { chosen, topIds: topIds.filter(keep), top: top.filter(keep) };
}

function stopping(): HttpError {
  return new HttpError(503, 'stopping', 'the server stops');
}
