// The vocabulary of a checkpoint folder as Hugging Face reads it: a word-level tokenizer that puts <bos> in front, and
// the settings of generation that depend on its ids.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { hashFile } from '../base/hash.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import type { Fault } from './checkpoint-fault.ts';
import { checked, readHashed } from './checkpoint-json.ts';

/** generation_config.json. A completion is greedy, and ends with `end`, with <eos> or with the context. */
export function generationConfig(vocabulary: Vocabulary, context: number): Record<string, unknown> {
  return {
    bos_token_id: vocabulary.bos,
    eos_token_id: [vocabulary.idOf('end'), vocabulary.eos],
    pad_token_id: vocabulary.pad,
    do_sample: false,
    // Without it, generate() ends after 20 tokens and the pipeline after 256.
    max_length: context,
  };
}

/** tokenizer_config.json. */
export function tokenizerConfig(context: number): Record<string, unknown> {
  return {
    // Of transformers 4 and 5. There is no add_bos_token: it would replace the template of tokenizer.json.
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<bos>',
    eos_token: '<eos>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    model_max_length: context,
    // The model refuses token types, which the class would add.
    model_input_names: ['input_ids', 'attention_mask'],
    // Of a batch of prompts, all completions begin at the same place.
    padding_side: 'left',
    clean_up_tokenization_spaces: false,
  };
}

/** tokenizer.json. Without a decoder, words are joined by blanks. */
export function tokenizerJson(vocabulary: Vocabulary): Record<string, unknown> {
  const special = [vocabulary.pad, vocabulary.unk, vocabulary.bos, vocabulary.eos];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((id) => ({
      id,
      content: vocabulary.words[id],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<bos>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
      special_tokens: { '<bos>': { id: '<bos>', ids: [vocabulary.bos], tokens: ['<bos>'] } },
    },
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(vocabulary.words.map((word, id) => [word, id])),
      unk_token: '<unk>',
    },
  };
}

const tokenizerSchema = z.object({ model: z.object({ vocab: z.record(z.string(), z.int()) }) });

/**
 * The tokenizer is for Hugging Face alone, but a model with another one is another model. A folder may have none.
 * @throws TracelabError of `fault`
 */
export async function checkTokenizer(path: string, { words }: Vocabulary, fault: Fault): Promise<void> {
  if ((await hashOrNull(path)) === null) return;
  const { vocab } = checked((await readHashed(path)).json, tokenizerSchema, path, fault).model;
  const wrong = words.findIndex((word, id) => vocab[word] !== id);
  const count = Object.keys(vocab).length;
  if (wrong < 0 && count === words.length) return;
  const what = 'its words are not those of the model';
  if (wrong < 0) throw fault(path, what, `${words.length} words`, String(count));
  throw fault(path, what, `${words[wrong]} as ${wrong}`, String(vocab[words[wrong]] ?? 'nothing'));
}

/** SHA-256 of a file; null where there is none. */
export async function hashOrNull(path: string): Promise<string | null> {
  return hashFile(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return null;
    throw error;
  });
}
