// Prompt and completion among the fields of a row, in the forms that others write: texts, lists of words (the tokens of
// Searchformer), messages of a chat, or one text for both.
import { TracelabError } from '../base/errors.ts';

export interface RowTexts {
  readonly prompt: string;
  readonly completion: string;
  /** Prompt and completion in one; then the other two are empty. */
  readonly text?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const EXPECTED = 'texts `prompt` and `completion`, or one `text`';

/**
 * @param place of an index of the row
 * @throws TracelabError ROW: which field is missing or of another type
 */
export function textsOf(fields: Fields, place: (index: number) => string): RowTexts {
  const where = place(0);
  const has = (name: string): boolean => fields[name] !== undefined;
  if (has('rollouts'))
    throw refusedRow(
      where,
      'several completions in one row',
      'one completion a row',
      'rollouts',
      'write one row for each',
    );
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
  throw refusedRow(
    where,
    'the row has no texts',
    EXPECTED,
    shortened(Object.keys(fields).join(', ')) || 'no fields',
    'rename its fields',
  );
}

const FIELD_HINT = 'leave the row out, or write its text';

/** A text, the words of a list, or the one message of a list that is neither of the system nor empty. */
function readText(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  const expected = 'a text, a list of words, or a list with one message';
  if (!Array.isArray(value))
    throw refusedRow(where, `\`${name}\` is ${kindOf(value)}`, expected, shortened(JSON.stringify(value)), FIELD_HINT);
  if (value.every((word) => typeof word === 'string' || typeof word === 'number')) return value.join(' ');
  const said = value.filter((message) => !isMessageOf(message, 'system')).map(contentOf);
  if (said.length === 1 && said[0] !== undefined) return said[0];
  const isChat = said.every((content) => content !== undefined);
  throw refusedRow(
    where,
    `\`${name}\` is a list`,
    expected,
    isChat ? `${said.length} messages` : shortened(JSON.stringify(value)),
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

export function refusedRow(where: string, what: string, expected: string, got: string, hint?: string): TracelabError {
  return new TracelabError({ code: 'ROW', kind: 'refused_input', where, what, expected, got, hint });
}

export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
