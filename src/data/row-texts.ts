// Prompt and completions among the fields of a row, in the forms that others write: texts, lists of words (the tokens
// of Searchformer), messages of a chat, one text for both, or several completions of one prompt.
import { TracelabError } from '../base/errors.ts';

export interface RowTexts {
  readonly prompt: string;
  readonly completion: string;
  /** Prompt and completion in one; then the other two are empty. */
  readonly text?: string;
}

/** Texts of one completion, read when they are wanted: one may be wrong and the next one right. */
export interface ReadTexts {
  /** Of several completions in one row, from 1. */
  readonly part?: number;
  /** @throws TracelabError ROW */
  readonly read: () => RowTexts;
}

type Fields = Readonly<Record<string, unknown>>;

const EXPECTED = 'texts `prompt` and `completion`, or one `text`';
/** Lists of completions: of samplers, and of Searchformer. */
const LISTS = ['completions', 'rollouts'] as const;

/**
 * One a completion.
 * @param place of an index of the row
 * @throws TracelabError ROW: which field is missing or of another type
 */
export function textsOf(fields: Fields, place: (index: number) => string): readonly ReadTexts[] {
  const where = place(0);
  const has = (name: string): boolean => fields[name] !== undefined;
  if (has('prompt')) {
    const several = completionsOf(fields, where);
    if (several !== undefined) {
      const prompt = readText(fields, 'prompt', where);
      return several.list.map((completion, i) => ({
        part: i + 1,
        read: () => ({
          prompt,
          completion: readText({ [several.name]: completion }, several.name, `${where}, completion ${i + 1}`),
        }),
      }));
    }
  }
  return [{ read: () => oneText(fields, has, where) }];
}

/** @returns the list with the name of its field; undefined where the row has one completion */
function completionsOf(
  fields: Fields,
  where: string,
): { readonly name: string; readonly list: readonly unknown[] } | undefined {
  const { completion } = fields;
  const name = LISTS.find((each) => fields[each] !== undefined && fields[each] !== null);
  if (name === undefined || (completion !== undefined && completion !== null))
    return Array.isArray(completion) && isSeveral(completion) ? { name: 'completion', list: completion } : undefined;
  const list = fields[name];
  if (!Array.isArray(list) || list.length === 0)
    throw refusedRow(
      where,
      `\`${name}\` is ${Array.isArray(list) ? 'empty' : kindOf(list)}`,
      'a list of completions',
      shown(list),
      FIELD_HINT,
    );
  if (name === 'completions' && Array.isArray(fields['labels']))
    throw refusedRow(
      where,
      '`completions` are the steps of one completion, each with a label',
      'completions of their own',
      'a list `labels`',
      'join the steps into `completion`, or drop `labels`',
    );
  return { name, list };
}

/** Texts, lists of words or chats, not the words of one text nor the messages of one chat. */
function isSeveral(list: readonly unknown[]): boolean {
  if (list.length === 0) return false;
  return list.every(isTextOrNull) ? list.some(hasBlanks) : list.every((each) => Array.isArray(each) || each === null);
}

const isTextOrNull = (value: unknown): boolean => typeof value === 'string' || value === null;
/** A word has none: a list of words is one text. */
const hasBlanks = (value: unknown): boolean => typeof value === 'string' && /\S[ \t\n\v\f\r]+\S/.test(value);

function oneText(fields: Fields, has: (name: string) => boolean, where: string): RowTexts {
  if (has('prompt') && has('completion'))
    return { prompt: readText(fields, 'prompt', where), completion: readText(fields, 'completion', where) };
  // Searchformer's tokenized traces.
  if (has('prompt') && has('plan'))
    return {
      prompt: readText(fields, 'prompt', where),
      completion: [...(has('reasoning') ? [readText(fields, 'reasoning', where)] : []), readText(fields, 'plan', where)]
        .filter((part) => part !== '')
        .join(' '),
    };
  if (has('text')) return { prompt: '', completion: '', text: readText(fields, 'text', where) };
  const { messages } = fields;
  if (Array.isArray(messages))
    return {
      prompt: readText({ prompt: messages.filter((each) => !isMessageOf(each, 'assistant')) }, 'prompt', where),
      completion: readText(
        { completion: messages.filter((each) => isMessageOf(each, 'assistant')) },
        'completion',
        where,
      ),
    };
  const given = excerpt(Object.keys(fields).join(', ')) || 'no fields';
  throw refusedRow(where, 'the row has no texts', EXPECTED, given, wayOut(has));
}

export const PREFERENCE_HINT = 'preference data: rename `chosen` or `rejected` to `completion`';

/** For rows of known forms that hold no completion, or more than one kind. */
function wayOut(has: (name: string) => boolean): string {
  if (has('chosen')) return PREFERENCE_HINT;
  if (has('columns') && has('data'))
    return 'a table of Weights & Biases: write its rows, each as an object with the names in `columns`';
  if (has('prompt')) return 'a prompt alone cannot be judged: add `completion`';
  return 'rename its fields';
}

const FIELD_HINT = 'leave the row out, or write its text';

/** A text, the words of a list, or the one message of a list that is neither of the system nor empty. */
function readText(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  const expected = 'a text, a list of words, or a list with one message';
  if (!Array.isArray(value))
    throw refusedRow(where, `\`${name}\` is ${kindOf(value)}`, expected, shown(value), FIELD_HINT);
  if (value.every((word) => typeof word === 'string' || typeof word === 'number')) return value.join(' ');
  const said = value.filter((message) => !isMessageOf(message, 'system')).map(contentOf);
  if (said.length === 1 && said[0] !== undefined) return said[0];
  const isChat = said.every((content) => content !== undefined);
  throw refusedRow(
    where,
    `\`${name}\` is a list`,
    expected,
    isChat ? `${said.length} messages` : shown(value),
    FIELD_HINT,
  );
}

function contentOf(message: unknown): string | undefined {
  const content = typeof message === 'object' && message !== null && 'content' in message ? message.content : undefined;
  return typeof content === 'string' ? content : undefined;
}

function isMessageOf(message: unknown, role: string): boolean {
  return typeof message === 'object' && message !== null && 'role' in message && message.role === role;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The error for a row that cannot be read: ROW, exit code 2. */
export function refusedRow(where: string, what: string, expected: string, got: string, hint: string): TracelabError {
  return new TracelabError({ code: 'ROW', kind: 'refused_input', where, what, expected, got, hint });
}

/** A value in a message. */
export function shown(value: unknown): string {
  // Tables have integers that JSON has not.
  const text: unknown = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  return typeof text === 'string' ? excerpt(text) : 'nothing';
}

/** The first 60 characters of a longer text, with `...`. */
export function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
