// One completion, token by token, with the likeliest tokens in each place: the model of a browser's page. One thread,
// no Node. It feeds and draws by decoding-pass.ts, so its completions equal those of Model.generate.
import { TracelabError } from '../base/errors.ts';
import { exponential } from '../base/portable-math.ts';
import { STREAMS } from '../base/random.ts';
import { Arena } from '../core/memory.ts';
import { instantiatePageCore, type PageCore, type PageInstance } from '../core/page-core.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { DecodingPass } from './decoding-pass.ts';
import { configureDecoding, type DecodingSizes, planDecodingRoom } from './generation-memory.ts';
import { elementCount, type TensorPlace, tensorShapes } from './layout.ts';
import { likeliestIds } from './likeliest.ts';
import { planModelMemory } from './model-map.ts';
import { loadTensors } from './named-tensors.ts';
import { configureModel, writeRopeTables } from './place.ts';
import type { NamedTensor } from './tensor-file.ts';

/** Most tokens of one pass: 2 to 5 ms with a model of half a million parameters, a part of a frame. */
const PASS_TOKENS = 48;

/** A model without the files of a checkpoint. */
export interface StepModel {
  readonly model: ModelConfig;
  readonly vocabulary: Vocabulary;
  /** The tensors of tensorShapes(), one after the other. */
  readonly weights: Float32Array;
}

/** A token that may come next, and how likely it is at temperature 1. */
export interface Candidate {
  readonly id: number;
  readonly word: string;
  readonly probability: number;
}

/** How tokens are drawn; see Drawing of slot-decoder.ts. */
export interface StepDrawing {
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly index: number;
}

const GREEDY: StepDrawing = { temperature: 0, seed: 0, index: 0 };

/** All weights of a model in the order of tensorShapes(), as StepModel holds them. */
export function flatWeights(
  tensors: ReadonlyMap<string, NamedTensor>,
  model: ModelConfig,
  vocabSize: number,
): Float32Array<ArrayBuffer> {
  const names = tensorShapes(model, vocabSize).map(({ name }) => name);
  const values = names.map((name) => tensors.get(name)?.values ?? new Float32Array(0));
  const flat = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of values) {
    flat.set(part, at);
    at += part.length;
  }
  return flat;
}

/** A model that writes one completion at a time. Tokens are words of its vocabulary. */
export class StepDecoder {
  readonly vocabulary: Vocabulary;
  /** Most tokens of a prompt and its completion together; <bos> counts. */
  readonly context: number;
  private readonly work: DecodingPass;
  private readonly endId: number;
  /** <bos>, the prompt, and what was written or forced. */
  private readonly ids: number[] = [];
  private promptLength = 0;
  /** Tokens whose keys and values are in the cache; all of them: the logits of the next one are there. */
  private fed = 0;
  private sawEos = false;

  private constructor({ core, memory }: PageInstance, { model, vocabulary, weights }: StepModel) {
    this.vocabulary = vocabulary;
    this.context = model.context;
    this.endId = vocabulary.idOf('end');
    const map = planModelMemory(core, model, vocabulary.length);
    writeRopeTables(memory, map.placed);
    loadTensors(
      { tensors: unflatten(weights, model, vocabulary.length), metadata: {} },
      map.layout,
      memory,
      map.parameters,
      'weights',
    );
    configureModel(core, map.placed);
    core.pack_weights(map.parameters, map.packed);
    const room = planDecodingRoom(core, new Arena(map.end), sizesOf(model));
    configureDecoding(core, room, sizesOf(model));
    core.own_cache(0);
    this.work = new DecodingPass(core, memory, room, sizesOf(model), map);
  }

  /**
   * Puts a model into a memory of its own.
   * @throws TracelabError CHECKPOINT_DAMAGED for weights of another number, MEMORY
   */
  static load(page: PageCore, given: StepModel): StepDecoder {
    const { core } = instantiatePageCore(page, 0);
    const { end } = planModelMemory(core, given.model, given.vocabulary.length);
    const arena = new Arena(end);
    planDecodingRoom(core, arena, sizesOf(given.model));
    return new StepDecoder(instantiatePageCore(page, arena.end), given);
  }

  /** Words written or forced behind the prompt, <eos> not among them. */
  get text(): string {
    return this.vocabulary.decode(this.ids.slice(this.promptLength));
  }

  /** How many those are. */
  get length(): number {
    return this.ids.length - this.promptLength;
  }

  /** Whether nothing can be written any more: `end` or <eos> was, or the context is full. */
  get isEnded(): boolean {
    const hasEnd = this.length > 0 && this.ids[this.ids.length - 1] === this.endId;
    return this.sawEos || hasEnd || this.ids.length >= this.context;
  }

  /**
   * Begins a completion; nothing is computed yet.
   * @param prompt ends in `reasoning`
   * @throws TracelabError PROMPT_WORD for a word outside the vocabulary, CONTEXT_TOO_SHORT
   */
  start(prompt: string): void {
    const ids = this.encode(prompt, 'prompt');
    if (ids.length + 1 >= this.context) throw this.tooLong(ids.length + 1);
    this.ids.splice(0, Infinity, this.vocabulary.bos, ...ids);
    this.promptLength = this.ids.length;
    this.fed = 0;
    this.sawEos = false;
  }

  /**
   * Puts words behind what is there; nothing is computed yet.
   * @throws TracelabError PROMPT_WORD for a word outside the vocabulary, CONTEXT_TOO_SHORT
   */
  force(text: string): void {
    const ids = this.encode(text, 'forced words');
    if (this.ids.length + ids.length > this.context) throw this.tooLong(this.ids.length + ids.length);
    this.ids.push(...ids);
  }

  /** Back to behind the prompt, or to the first `kept` words behind it. */
  reset(kept = 0): void {
    this.ids.length = Math.min(this.ids.length, this.promptLength + kept);
    this.fed = Math.min(this.fed, this.ids.length - 1);
    this.sawEos = false;
  }

  /**
   * Feeds what is not in the cache yet, a bounded number of tokens: a page calls it between frames.
   * @returns whether there is more
   */
  feed(): boolean {
    const { tokens, positions, slots, rows } = this.work.lists;
    const n = Math.min(PASS_TOKENS, this.ids.length - this.fed);
    if (n === 0) return false;
    for (let i = 0; i < n; i++) {
      tokens[i] = this.ids[this.fed + i];
      positions[i] = this.fed + i;
      slots[i] = 0;
    }
    rows[0] = n - 1;
    this.work.feed(n, 1);
    this.fed += n;
    return this.fed < this.ids.length;
  }

  /** The likeliest next tokens, likeliest first; of equal ones the one that greedy decoding takes. */
  likeliest(count: number): Candidate[] {
    while (this.feed());
    const { length, words } = this.vocabulary;
    const logits = this.work.logits(0, length);
    const ids = likeliestIds(logits, length, count);
    const largest = logits[ids[0]];
    const sum = logits.reduce((total, logit) => total + exponential(logit - largest), 0);
    return ids.map((id) => ({ id, word: words[id], probability: exponential(logits[id] - largest) / sum }));
  }

  /**
   * Writes the next token.
   * @returns its id; <eos> ends the completion and is no part of it. Null when it has ended before
   */
  next({ temperature, seed, index }: StepDrawing = GREEDY): number | null {
    if (this.isEnded) return null;
    while (this.feed());
    const { indices, drawnPositions, drawn } = this.work.lists;
    indices[0] = index;
    drawnPositions[0] = this.ids.length;
    this.work.draw(0, 1, temperature, seed, STREAMS.sampling, false);
    const [id] = drawn;
    if (id === this.vocabulary.eos) this.sawEos = true;
    else this.ids.push(id);
    return id;
  }

  private encode(text: string, where: string): Uint16Array {
    const ids = this.vocabulary.encode(text);
    if (!ids.includes(this.vocabulary.unk)) return ids;
    const { size } = this.vocabulary;
    throw new TracelabError({
      code: 'PROMPT_WORD',
      kind: 'refused_input',
      where,
      what: "a word is not in the model's vocabulary",
      expected: `words of a ${size}x${size} grid`,
      got: 'another word',
      hint: 'was the model trained on another grid size?',
    });
  }

  private tooLong(tokens: number): TracelabError {
    return new TracelabError({
      code: 'CONTEXT_TOO_SHORT',
      kind: 'refused_input',
      where: 'generation',
      what: 'the words do not fit into the context',
      expected: `at most ${this.context}`,
      got: String(tokens),
      hint: 'give fewer words',
    });
  }
}

function sizesOf({ context }: ModelConfig): DecodingSizes {
  return { slots: 1, passTokens: PASS_TOKENS, longest: context };
}

function unflatten(weights: Float32Array, model: ModelConfig, vocabSize: number): Map<string, NamedTensor> {
  let at = 0;
  const take = ({ name, shape }: Omit<TensorPlace, 'offset'>): [string, NamedTensor] => {
    const count = elementCount({ name, shape, offset: 0 });
    // A part of another length has another shape: loadTensors refuses it.
    const values = weights.subarray(at, at + count);
    at += count;
    return [name, { name, shape: values.length === count ? shape : [values.length], values }];
  };
  return new Map(tensorShapes(model, vocabSize).map(take));
}
