// The library `tracelab/core`: a model of a checkpoint folder that completes prompts and scores completions, on threads
// and WebAssembly. Needs Node.
import type { Domain } from './domain/domain.ts';
import { useDomain } from './domain/domains.ts';
import { Model } from './model/model.ts';

export type { Domain } from './domain/domain.ts';

/**
 * How a model is opened.
 * @public
 */
export interface OpenOptions {
  /** Most threads of a call; default 1. They change no bit of a result. */
  readonly threads?: number;
  /** The domain of the model, where it is not a built-in one. */
  readonly domain?: Domain;
}

/**
 * A model that is open. Calls with it come one after the other.
 * @public
 */
export interface OpenModel extends AsyncDisposable {
  /** SHA-256 of its weights. */
  readonly weightsHash: string;
  /** Name of its domain, and cells per side of the problems that it was trained on. */
  readonly domain: string;
  readonly size: number;
  /** Most tokens of a prompt and its completion together. */
  readonly context: number;
  /** Ends its threads. */
  close(): Promise<void>;
}

/**
 * How prompts are completed.
 * @public
 */
export interface CompleteOptions {
  /** Default 0: greedy. */
  readonly temperature?: number;
  /** Of the draws, above temperature 0; default 1. */
  readonly seed?: number;
  /** Default: all that the context has room for behind the longest prompt. */
  readonly maxNewTokens?: number;
}

/**
 * What a model wrote.
 * @public
 */
export interface ModelCompletion {
  readonly text: string;
  readonly tokens: number;
  /** The cap was reached before `end`. */
  readonly truncated: boolean;
}

/**
 * Losses of one completion, in nats, summed over the tokens of its trace and of its plan (from `solution` on).
 * @public
 */
export interface CompletionScore {
  readonly trace_tokens: number;
  readonly plan_tokens: number;
  readonly trace_loss: number;
  readonly plan_loss: number;
}

const MODELS = new WeakMap<OpenModel, Model>();

/**
 * Opens a checkpoint folder; every file of it is checked. Close the model when done.
 * @throws TracelabError CHECKPOINT_DAMAGED, FILE_MISSING, DOMAIN_UNKNOWN, MEMORY_LIMIT, MEMORY
 * @public
 */
export async function open(folder: string, { threads = 1, domain }: OpenOptions = {}): Promise<OpenModel> {
  if (domain !== undefined) useDomain(domain);
  const model = await Model.open(folder, threads);
  const { origin, model: sizes } = model.checkpoint;
  const opened: OpenModel = {
    weightsHash: model.weightsHash ?? '',
    domain: origin.domain,
    size: origin.size,
    context: sizes.context,
    close: async () => model.close(),
    [Symbol.asyncDispose]: async () => model.close(),
  };
  MODELS.set(opened, model);
  return opened;
}

/**
 * Completes prompts, each a function of the weights, the prompt, its index, temperature and seed alone.
 * @param prompts texts that end in `reasoning`
 * @returns one completion a prompt, in order
 * @throws TracelabError PROMPT_WORD, CONTEXT_TOO_SHORT, MEMORY_LIMIT, MEMORY
 * @public
 */
export async function complete(
  model: OpenModel,
  prompts: readonly string[],
  { temperature = 0, seed = 1, maxNewTokens }: CompleteOptions = {},
): Promise<ModelCompletion[]> {
  const opened = modelOf(model);
  const { vocabulary, model: sizes } = opened.checkpoint;
  const longest = prompts.reduce((most, prompt) => Math.max(most, vocabulary.encode(prompt).length + 1), 0);
  const cap = maxNewTokens ?? Math.max(1, sizes.context - longest);
  const completions = (await opened.generate({ prompts, temperature, seed, maxNewTokens: cap })) ?? [];
  return completions.map(({ text, tokens, truncated }) => ({ text, tokens, truncated }));
}

/**
 * How well the model predicts given completions.
 * @returns one score an example, in order; its bits depend on the example and the weights alone
 * @throws TracelabError EXAMPLE_WORD, EXAMPLE_FORM, CONTEXT_TOO_SHORT, MEMORY_LIMIT, MEMORY
 * @public
 */
export async function score(
  model: OpenModel,
  examples: readonly { readonly prompt: string; readonly completion: string }[],
): Promise<CompletionScore[]> {
  const losses = (await modelOf(model).score(examples)) ?? [];
  return losses.map(({ trace_tokens, plan_tokens, trace_loss, plan_loss }) => ({
    trace_tokens,
    plan_tokens,
    trace_loss,
    plan_loss,
  }));
}

function modelOf(model: OpenModel): Model {
  const found = MODELS.get(model);
  if (found === undefined) throw new TypeError('expected a model of open()');
  return found;
}
